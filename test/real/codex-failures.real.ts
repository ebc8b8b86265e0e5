import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { appendFileSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type FakeModelServer, startFakeModelServer } from "@test/support/fake-model-server.ts";
import { locales, textOr, translate } from "@/locales/translate.ts";
import { createCodexHome } from "./codex-home.ts";
import { codexPeer, codexProgram, ensurePeer } from "./peers.ts";
import { createScratch, processesWith } from "./program.ts";
import { newToken, type Service, startService } from "./service.ts";

/** Answers every turn as a test says. */
let answer: () => Response;
let model: FakeModelServer;
let home: ReturnType<typeof createScratch>;
let service: Service;
const server = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => answer() });
const work = createScratch();
const FEW_RETRIES = "request_max_retries = 0\nstream_max_retries = 0\n";

const start = async (program: string) =>
  startService({
    EXECUTOR_CODEX_BIN: program,
    EXECUTOR_PASS_ENV: "FAKE_KEY",
    EXECUTOR_LINGER_SECONDS: "1",
    EXECUTOR_KILL_GRACE_SECONDS: "1",
    EXECUTOR_QUOTA_RETRY_SECONDS: "1",
    EXECUTOR_RECHECK_SECONDS: "1",
    OPENCLAW_GATEWAY_TOKEN: newToken(),
    CODEX_HOME: home.folder,
    FAKE_KEY: "fake-key",
    WEB_AUTH: "never",
  });

const config = () => join(home.folder, "config.toml");
let goodConfig: string;

beforeAll(async () => {
  model = startFakeModelServer();
  home = createCodexHome(`http://127.0.0.1:${server.port}/v1`);
  appendFileSync(config(), FEW_RETRIES);
  goodConfig = readFileSync(config(), "utf8");
  service = await start(codexProgram(await ensurePeer(codexPeer)));
});

afterAll(async () => {
  await service?.stop();
  await server.stop(true);
  await model?.stop();
  home?.remove();
  work.remove();
});

/** The job's end, with its page and the status as a chat shows it, in both languages. */
const told = async (by: Service, body: { task: string; resume_job_id?: string }) => {
  const job = await by.finished(await by.submit({ cwd: work.folder, ...body }));
  const texts = locales.map(async (language) => {
    const headers = { "accept-language": language, authorization: `Bearer ${by.apiToken}` };
    const page = await fetch(`${by.url}/web/jobs/${job.job_id}`, { headers });
    const chat = await fetch(`${by.url}/api/v1/status?format=text&lang=${language}`, { headers });
    // None for a job that succeeded.
    const fix = textOr(translate(language), `job.error.${job.error_code}.fix`, "");
    return {
      page: (await page.text()).replace(/<[^>]*>/g, " ").replaceAll("&#39;", "'"),
      chat: await chat.text(),
      fix,
    };
  });
  // Jobs that follow are not to wait for quota or login.
  await by.api("/executor/resume", { method: "POST" });
  return { job, texts: await Promise.all(texts) };
};

const expectTold = async (by: Service, body: Parameters<typeof told>[1], code: string, sentence: string) => {
  const { job, texts } = await told(by, body);
  expect(job).toMatchObject({ state: "failed", error_code: code, error: expect.stringContaining(sentence) });
  for (const { page, chat, fix } of texts) {
    expect(page).toContain(fix);
    const isHeld = code === "model_quota_exhausted" || code === "model_auth_failed";
    expect(chat).toContain(isHeld ? sentence : fix);
  }
};

const json = (status: number, error: unknown) => () => Response.json({ error }, { status });
const failed = (code: string, message: string) => () => {
  const event = { type: "response.failed", response: { id: "r", status: "failed", error: { code, message } } };
  const text = `event: response.failed\ndata: ${JSON.stringify(event)}\n\n`;
  return new Response(text, { headers: { "content-type": "text/event-stream" } });
};
const inTwoHours = () => Math.floor(Date.now() / 1000) + 7200;
const usageLimit = () =>
  Response.json(
    { error: { type: "usage_limit_reached", plan_type: "plus", resets_at: inTwoHours() } },
    { status: 429 },
  );
const cloudflare = () =>
  new Response("<html>Just a moment... Cloudflare</html>", {
    status: 403,
    headers: { "content-type": "text/html", "cf-ray": "abc-FRA" },
  });
const notForChatGpt = () =>
  Response.json({ detail: "The 'x' model is not supported when using Codex with a ChatGPT account." }, { status: 400 });

const answers: [what: string, answer: () => Response, code: string, sentence: string][] = [
  ["400", json(400, { message: "Unknown parameter" }), "model_request_rejected", "Unknown parameter"],
  ["400, model not for this plan", notForChatGpt, "model_request_rejected", "not supported when using Codex"],
  ["401", json(401, { message: "Incorrect API key" }), "model_auth_failed", "401 Unauthorized: Incorrect API key"],
  ["402", json(402, { message: "Insufficient Balance" }), "model_quota_exhausted", "402 Payment Required: Insuff"],
  ["403, country", json(403, { message: "Country not supported" }), "model_access_blocked", "Country not supported"],
  ["403, Cloudflare", cloudflare, "model_access_blocked", "Cloudflare"],
  [
    "404",
    json(404, { message: "The model `x` does not exist", code: "model_not_found" }),
    "model_request_rejected",
    "does not exist",
  ],
  ["429", json(429, { message: "Rate limit reached" }), "model_rate_limited", "429 Too Many Requests"],
  ["429, usage limit", usageLimit, "model_quota_exhausted", "hit your usage limit"],
  [
    "429, plan without Codex",
    json(429, { type: "usage_not_included", plan_type: "free" }),
    "model_quota_exhausted",
    "To use Codex with your ChatGPT plan",
  ],
  [
    "429, no quota",
    json(429, { type: "insufficient_quota", code: "insufficient_quota" }),
    "model_quota_exhausted",
    "Quota exceeded",
  ],
  ["500", json(500, { message: "boom" }), "model_unavailable", "high demand"],
  ["503", json(503, { message: "down" }), "model_unavailable", "503 Service Unavailable"],
  ["503, capacity", json(503, { code: "server_is_overloaded" }), "model_unavailable", "at capacity"],
  ["529", json(529, { message: "Overloaded" }), "model_unavailable", "529"],
  ["flagged content", failed("invalid_prompt", "Your prompt was flagged"), "model_request_rejected", "was flagged"],
  ["context too long", failed("context_length_exceeded", "x"), "model_request_rejected", "ran out of room"],
];

describe("an answer of the model service is told by its code, its sentence and a fix:", () => {
  test.each(answers)("%s", async (_, given, code, sentence) => {
    answer = given;
    await expectTold(service, { task: "hello" }, code, sentence);
  });
});

describe("what keeps Codex from starting is told by its code, its sentence and a fix:", () => {
  const DEAD_MCP = '\n[mcp_servers.a1]\ncommand = "/bin/false"\nrequired = true\n';
  const configs: [what: string, text: () => string, sentence: string][] = [
    ["a config.toml that does not parse", () => `${goodConfig}\nfoo bar\n`, "key with no value"],
    ["a required MCP server that dies", () => goodConfig + DEAD_MCP, "required MCP servers failed to initialize: a1"],
    ["a provider that is not there", () => 'model_provider = "gone"\n', "Model provider `gone` not found"],
  ];
  test.each(configs)("%s", async (_, text, sentence) => {
    writeFileSync(config(), text());
    try {
      await expectTold(service, { task: "hello" }, "executor_misconfigured", sentence);
    } finally {
      writeFileSync(config(), goodConfig);
    }
  });

  test("a platform package that npm left out", async () => {
    const folder = createScratch();
    const whole = await ensurePeer(codexPeer);
    cpSync(join(whole, "node_modules/@openai/codex"), join(folder.folder, "codex"), { recursive: true });
    const broken = await start(join(folder.folder, "codex/bin/codex.js"));
    try {
      await expectTold(
        broken,
        { task: "hello" },
        "executor_misconfigured",
        "Missing optional dependency @openai/codex",
      );
    } finally {
      await broken.stop();
      folder.remove();
    }
  });
});

describe("with a model that answers:", () => {
  beforeAll(() => writeFileSync(config(), goodConfig.replace(/base_url = ".*"/, `base_url = "${model.url}"`)));
  const answering = () => readFileSync(config(), "utf8");

  test("a thread whose file was deleted is lost", async () => {
    const { job } = await told(service, { task: "[[say:one]]" });
    expect(job).toMatchObject({ state: "succeeded", result_text: "one" });
    rmSync(join(home.folder, "sessions"), { recursive: true });
    const next = { task: "[[say:two]]", resume_job_id: job.job_id };
    await expectTold(service, next, "resume_thread_lost", "no rollout found for thread id");
  });

  test("an MCP server that does not end does not keep the job", async () => {
    const before = answering();
    const script = join(home.folder, "stays.ts");
    writeFileSync(
      script,
      `process.on("SIGTERM", () => {}); setInterval(() => {}, 1000);
const answers = { initialize: ({ protocolVersion }) => ({ protocolVersion, capabilities: { tools: {} }, serverInfo: { name: "s", version: "1" } }), "tools/list": () => ({ tools: [] }) };
for await (const line of console) { const { id, method, params } = JSON.parse(line); if (id !== undefined) console.log(JSON.stringify({ jsonrpc: "2.0", id, result: answers[method]?.(params) ?? {} })); }`,
    );
    const command = `command = "${process.execPath}"\nargs = ["${script}"]\n`;
    writeFileSync(config(), `${before}\n[mcp_servers.stays]\n${command}`);
    try {
      const { job } = await told(service, { task: "[[say:done]]" });
      expect(job).toMatchObject({ state: "succeeded", result_text: "done" });
      expect(processesWith(script)).toEqual([]);
    } finally {
      writeFileSync(config(), before);
    }
  });

  test("an edit that failed and a search are shown", async () => {
    mkdirSync(join(work.folder, "dirfile"));
    const { texts } = await told(service, { task: "[[patch:dirfile]][[search:openclaw]][[say:found]]" });
    const [chinese, english] = texts.map(({ page }) => page);
    expect(chinese).toMatch(/文件\s+未写入[\s\S]*失败[\s\S]*网页搜索\s+openclaw\s+完成/);
    expect(english).toMatch(/Files\s+not written[\s\S]*failed[\s\S]*Web search\s+openclaw\s+completed/);
  });
});
