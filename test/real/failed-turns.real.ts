import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import answers from "@test/fixtures/gateway/ordinary-answers.json";
import { type FakeModelServer, startFakeModelServer } from "@test/support/fake-model-server.ts";
import { failureTexts, isFailureText } from "@/gateway/failure-texts.ts";
import { startOpenclawGateway } from "./openclaw-gateway.ts";
import { ensurePeer, openclawPeer } from "./peers.ts";
import { newToken, type Service, startService } from "./service.ts";
import { type Literal, literalsIn } from "./string-literals.ts";

const VERSION = "2026.2.9";

describe(`what the installed files of OpenClaw ${VERSION} can answer for a failed turn`, () => {
  const templates = Object.values(failureTexts).flat();
  const hasInOrder = (template: string, parts: string[]) => {
    let at = 0;
    return parts.every((part) => {
      const index = template.indexOf(part.trim(), at);
      at = index + part.trim().length;
      return index >= 0;
    });
  };
  const isKnown = ({ parts: [first = "", ...more] }: Literal) =>
    more.length === 0 ? isFailureText(first, false) : templates.some((text) => hasInOrder(text, [first, ...more]));
  const unknownOf = (literals: Literal[], known: readonly string[]) =>
    [...new Set(literals.filter((literal) => !isKnown(literal)).map(({ parts }) => parts.join("{}")))].filter(
      (text) => !known.includes(text),
    );

  let modules: string;
  let sources: string[];
  beforeAll(async () => {
    modules = join(await ensurePeer(openclawPeer(VERSION)), "node_modules");
    sources = scriptsIn(join(modules, "openclaw/dist"));
  });
  const scriptsIn = (folder: string) =>
    readdirSync(folder)
      .filter((name) => name.endsWith(".js"))
      .map((name) => readFileSync(join(folder, name), "utf8"));
  /** The bundles mark where each source file begins and ends. */
  const codeOf = (file: string) => {
    const regions = new RegExp(`^//#region src/${RegExp.escape(file)}\\n([^]*?)^//#endregion`, "gm");
    return sources.flatMap((source) => Array.from(source.matchAll(regions), ([, code = ""]) => code));
  };

  test.each<[file: string, count: number, notAnswers: string[]]>([
    // The prefix of "LLM error: ...".
    ["agents/pi-embedded-helpers/errors.ts", 9, ["LLM error"]],
    ["agents/pi-embedded-runner/run/payloads.ts", 2, []],
    // The first replaces a part of the prompt; the second is thrown, which ends as a response object.
    [
      "agents/pi-embedded-runner/run.ts",
      5,
      [
        "ANTHROPIC MAGIC STRING TRIGGER REFUSAL (redacted)",
        "Unknown model: {}/{}",
        "No available auth profile for {} (all in cooldown or unavailable).",
      ],
    ],
    // Parts of a prompt, and refusals with status 400.
    [
      "gateway/openresponses-http.ts",
      1,
      [
        "You must call one of the available tools before responding.",
        "You must call the {} tool before responding.",
        "Invalid request body",
        "Missing user message in `input`.",
      ],
    ],
    [
      "auto-reply/reply/agent-runner-execution.ts",
      7,
      // A field of an event.
      ["CLI run completed without lifecycle terminal event"],
    ],
  ])("is in the table: %s", (file, count, notAnswers) => {
    const literals = codeOf(file).flatMap(literalsIn);
    const sentences = literals.filter(
      ({ parts: [first = "", ...more], before }) =>
        /^(?:⚠️|[A-Z])/.test(first) &&
        [first, ...more].join("").trim().includes(" ") &&
        !/(?:Error|warn|error|log\w*|push)\(\s*$/.test(before),
    );

    expect(unknownOf(sentences, notAnswers)).toEqual([]);
    const found = new Set(sentences.filter(isKnown).map(({ parts }) => parts.join("{}")));
    expect(found.size).toBeGreaterThanOrEqual(count);
  });

  test("is in the table: the errors of its model clients", () => {
    const literals = scriptsIn(join(modules, "@mariozechner/pi-ai/dist/providers")).flatMap(literalsIn);
    const errors = literals.filter(({ before }) => /throw new Error\($/.test(before));

    // What no request of OpenClaw's causes, and what is caught where it is thrown.
    expect(
      unknownOf(errors, [
        "Invalid token",
        "No account ID in token",
        "Missing request URL",
        "Unexpected assistant message start but got user message start instead",
        "Unknown user content type",
        "Unknown assistant content type",
        "Unknown message role",
        "Unknown image type: {}",
      ]),
    ).toEqual([]);
    expect(errors.length).toBeGreaterThan(40);
  });

  test("is in the table: a failed call of each of its tools", () => {
    const emoji = codeOf("agents/tool-display.json").flatMap((code) =>
      Array.from(code.matchAll(/"emoji": "([^"]+)"/g), ([, found = ""]) => found),
    );

    expect(emoji.length).toBeGreaterThan(20);
    expect(emoji.filter((sign) => !isFailureText(`⚠️ ${sign} Tool: x failed: y`, false))).toEqual([]);
  });
});

describe(`turns through the real OpenClaw ${VERSION}`, () => {
  const token = newToken();
  let model: FakeModelServer;
  let gateway: Awaited<ReturnType<typeof startOpenclawGateway>>;

  beforeAll(async () => {
    model = startFakeModelServer();
    const agentDefaults = { maxConcurrent: 16, timeoutSeconds: 100 };
    gateway = await startOpenclawGateway({ version: VERSION, token, modelUrl: model.url, agentDefaults });
  });

  afterAll(async () => {
    await gateway?.stop();
    await model?.stop();
  });

  const withService = async <Result>(use: (service: Service) => Promise<Result>): Promise<Result> => {
    const service = await startService({
      OPENCLAW_GATEWAY_URL: gateway.url,
      OPENCLAW_GATEWAY_TOKEN: token,
      RELAY_TOTAL_TIMEOUT_SECONDS: "110",
      RELAY_FIRST_BYTE_TIMEOUT_SECONDS: "110",
    });
    return use(service).finally(() => service.stop());
  };
  const turn = async (service: Service, input: string, stream = false) => {
    const response = await fetch(`${service.url}/api/v1/responses`, {
      method: "POST",
      headers: { authorization: `Bearer ${service.apiToken}`, "content-type": "application/json" },
      body: JSON.stringify({ model: "openclaw:main", user: crypto.randomUUID(), input, stream }),
    });
    await response.text();
    const { last_turn } = (await service.state()).relay;
    return [response.status, last_turn?.outcome, last_turn?.detail];
  };

  test("end as failed when the model's provider has answered an error, as JSON and as a stream", async () => {
    const cases = [402, 429, 529, 400, 500].flatMap((status) => [[status, false] as const, [status, true] as const]);
    const ended = await Promise.all(
      cases.map(([status, stream]) =>
        withService(async (service) => {
          const seen = await turn(service, `[[error:${status}]]`, stream);
          const page = await (await fetch(`${service.url}/web/status?lang=en`)).text();
          return [status, stream, ...seen, page.includes("last real turn failed")];
        }),
      ),
    );

    expect(ended).toEqual(cases.map((row) => [...row, 200, "failed", "upstream_model_error", true]));
  });

  test("end as completed when the model speaks of errors", async () => {
    // Each costs up to three seconds; all 200 have been sent once, and the unit test reads them all.
    const spoken = answers.filter((_, index) => index % 8 === 0);
    await withService(async (service) => {
      for (const text of spoken) {
        expect([text, ...(await turn(service, `[[say:${text}]]`))]).toEqual([text, 200, "completed", ""]);
      }
    });
  });
});
