import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createTestApp, readJson } from "@test/support/app.ts";
import { fixture } from "@test/support/fixtures.ts";
import { locales, translate } from "@/locales/translate.ts";

const started = async (env: Record<string, string> = {}) => {
  const says = fixture("bin/codex-says");
  const app = createTestApp({ env: { EXECUTOR_CODEX_BIN: says, EXECUTOR_KILL_GRACE_SECONDS: "0", ...env } });
  await app.container.start();
  return app;
};

type App = Awaited<ReturnType<typeof started>>;

/** What a page shows, without the task, which here holds the whole stream. */
const shownIn = (html = ""): string => {
  const shown = html
    .replace(/id="task"[\s\S]*id="facts"/, "")
    .replace(/<\/li>/g, "\n")
    .replace(/<[^>]*>/g, " ");
  const entities = { "&#39;": "'", "&quot;": '"', "&lt;": "<", "&gt;": ">", "&amp;": "&" };
  return Object.entries(entities).reduce((text, [entity, character]) => text.replaceAll(entity, character), shown);
};

/** What each reader of a job sees, in both languages. */
const readersOf = async (app: App, id: string) => {
  const cookie = await app.logIn();
  const read = (path: string, language: string) =>
    app
      .request(path, { headers: { cookie, accept: "text/html", "accept-language": language } })
      .then((response) => response.text());
  const chat = (lang: string) => app.api(`/status?format=text&lang=${lang}`).then((response) => response.text());
  const [pageZh, pageEn] = await Promise.all(locales.map((language) => read(`/web/jobs/${id}`, language)));
  const [statusZh, statusEn] = await Promise.all(locales.map((language) => read("/web/status", language)));
  return {
    pages: [pageZh, pageEn].map(shownIn),
    statusPages: [statusZh, statusEn].map(shownIn),
    chats: await Promise.all(locales.map(chat)),
    log: await (await app.api(`/executor/jobs/${id}/log`)).text(),
    events: await (await app.api(`/executor/jobs/${id}/events`)).text(),
    codex: (await readJson(await app.api("/executors"))).executors.codex,
  };
};

const play = async (code: string | number, ...lines: (string | object)[]) => {
  const app = await started({ EXECUTOR_LINGER_SECONDS: "0" });
  const text = lines.map((line) => (typeof line === "string" ? line : JSON.stringify(line))).join("\n");
  const id = await app.submit({ task: `${code}\n${text}` });
  const job = await app.untilEnded(id);
  return { app, id, job, readers: () => readersOf(app, id) };
};

const turnStarted = { type: "turn.started" };
const message = (text: string) => ({ type: "item.completed", item: { id: "m", type: "agent_message", text } });
const completed = { type: "turn.completed", usage: { input_tokens: 1 } };
const error = (message: string) => ({ type: "error", message });
const turnFailed = (message: string) => ({ type: "turn.failed", error: { message } });
const item = (item: object) => ({ type: "item.completed", item });

interface Expected {
  exit_code: number;
  error_code: string;
}
const fieldCases: Record<string, Expected> = JSON.parse(readFileSync(fixture("codex/expect.json"), "utf8"));
const linesOf = (name: string) =>
  readFileSync(fixture(`codex/${name}.jsonl`), "utf8")
    .trimEnd()
    .split("\n");

describe("a recorded stream of Codex 0.171 is told in API, log, page and chat, in both languages:", () => {
  test.each(Object.entries(fieldCases))("%s", async (name, { exit_code, error_code }) => {
    const lines = linesOf(name);
    const { job, readers } = await play(exit_code, ...lines);
    const { pages, statusPages, chats, log, events, codex } = await readers();
    expect([job.state, job.error_code]).toEqual([error_code === "" ? "succeeded" : "failed", error_code]);
    const last = JSON.parse(lines.at(-1) ?? "");
    const sentence: string = last.type === "turn.failed" ? last.error.message : "";
    for (const text of [job.error, log, ...pages]) expect(text).toContain(sentence);
    expect(events).toContain(JSON.stringify(sentence).slice(1, -1));
    if (error_code === "") return;
    for (const [index, locale] of locales.entries()) {
      const fix = translate(locale)(`job.error.${error_code}.fix` as "job.error.interrupted.fix");
      expect(pages[index]).toContain(fix);
      // Quota and login are told in the words of the held queue.
      const told = codex.last_failure === null ? fix : sentence.slice(0, 140);
      for (const text of [statusPages[index], chats[index]]) expect(text).toContain(told);
    }
  });
});

test("what was recorded besides messages is shown everywhere", async () => {
  const mcp = "Mcp error: -32000: 403 Resource not accessible by personal access token";
  const { job, readers } = await play(0, ...linesOf("mcp-websearch"));
  expect(job).toMatchObject({ state: "succeeded", result_text: "done" });
  const { pages, log, events } = await readers();
  for (const text of [...pages, log])
    for (const part of [mcp, "a2.broken", "openclaw release notes", "spawn_agent", "say hi"])
      expect(text).toContain(part);
  expect(pages[0]).toMatch(rowOf("MCP 调用 · 失败"));
  expect(pages[0]).toMatch(rowOf("网页搜索 · 完成"));
  expect(pages[1]).toMatch(rowOf("MCP call · failed"));
  expect(pages[1]).toMatch(rowOf("Sub-agent · completed"));
  expect(events).toContain('"item_type":"web_search"');

  const edit = await (await play(0, ...linesOf("patch-failed"))).readers();
  expect(edit.pages[0]).toMatch(rowOf("文件 · 失败"));
  expect(edit.pages[1]).toMatch(/Files\s+not written\s+\/home\/user\/work\/dirfile.*failed/);
  expect(edit.log).toContain("files failed: add /home/user/work/dirfile");
});

/** A row of the timeline: what it is, and how it went. */
const rowOf = (parts: string) => new RegExp(parts.split(" · ").map(RegExp.escape).join(".*"));

const items: [what: string, item: object, zh: string, en: string, log: string][] = [
  [
    "a type that nobody knows",
    { id: "1", type: "image_view", path: "/tmp/a.png" },
    "image_view · 完成",
    "image_view · completed",
    'image_view (completed): {"path":"/tmp/a.png"}',
  ],
  [
    "one with a status of its own",
    { id: "1", type: "x_call", status: "queued", n: 1 },
    "x_call · queued",
    "x_call · queued",
    'x_call (queued): {"n":1}',
  ],
  [
    "an MCP call with its result",
    {
      id: "1",
      type: "mcp_tool_call",
      server: "db",
      tool: "ask",
      arguments: { q: 1 },
      result: { content: [] },
      error: null,
      status: "completed",
    },
    "MCP 调用 · 完成",
    "MCP call · completed",
    'mcp_tool_call db.ask (completed): {"arguments":{"q":1},"result":{"content":[]}}',
  ],
  [
    "a command that was declined",
    {
      id: "1",
      type: "command_execution",
      command: "rm -rf /",
      aggregated_output: "",
      exit_code: -1,
      status: "declined",
    },
    "rm -rf / · 被拒绝",
    "rm -rf / · declined",
    "declined: rm -rf /",
  ],
  [
    "an edit that was declined",
    { id: "1", type: "file_change", changes: [{ path: "/etc/x", kind: "update" }], status: "declined" },
    "文件 · 被拒绝",
    "Files · declined",
    "files declined: update /etc/x",
  ],
  [
    "a search without words",
    { id: "1", type: "web_search", query: "" },
    "网页搜索 · 完成",
    "Web search · completed",
    "web_search (completed)",
  ],
  [
    "a sub-agent that failed",
    { id: "1", type: "collab_tool_call", tool: "wait", status: "failed", prompt: null },
    "子代理 · 失败",
    "Sub-agent · failed",
    "collab_tool_call wait (failed)",
  ],
  [
    "what a sub-agent answered",
    {
      id: "1",
      type: "collab_tool_call",
      tool: "wait",
      status: "completed",
      prompt: null,
      agents_states: {
        b: { status: "errored", message: "the build is broken" },
        c: { status: "running", message: null },
      },
    },
    "子代理 · 完成",
    "Sub-agent · completed",
    "collab_tool_call wait (completed): the build is broken",
  ],
  [
    "markup and a secret",
    { id: "1", type: "<b>x</b>", token: "hunter2hunter2" },
    "<b>x</b> · 完成",
    "<b>x</b> · completed",
    '<b>x</b> (completed): {"token":"********"}',
  ],
];
test.each(items)("%s is shown as an item of the run", async (_, shown, zh, english, inLog) => {
  const { job, readers } = await play(0, turnStarted, item(shown), message("done"), completed);
  expect(job).toMatchObject({ state: "succeeded", result_text: "done" });
  const { pages, log } = await readers();
  expect(pages[0]).toMatch(rowOf(zh));
  expect(pages[1]).toMatch(rowOf(english));
  expect(log).toContain(inLog);
});

test("an item under way is one entry with its end; what never ends is unfinished", async () => {
  const call = { id: "1", type: "mcp_tool_call", server: "db", tool: "ask" };
  const begun = { type: "item.started", item: { ...call, status: "in_progress" } };
  const { readers } = await play(0, turnStarted, begun, item({ ...call, status: "completed" }), begun, completed);
  const { pages } = await readers();
  const rows = pages[1]?.split("\n").filter((row) => row.includes("MCP call"));
  expect(rows?.map((row) => /completed|unfinished/.exec(row)?.[0])).toEqual(["completed", "unfinished"]);
});

test("an error that ends the turn is one entry, and an empty line is none", async () => {
  const capacity = "Selected model is at capacity.";
  const { readers } = await play(1, turnStarted, "", error(capacity), turnFailed(capacity));
  const { pages } = await readers();
  // Above the timeline alone.
  expect(pages[1]?.split(capacity)).toHaveLength(2);
  expect(pages[1]).not.toMatch(/Warning|Output/);
});

test("a job without a sentence is told in the reader's language", async () => {
  const { chats } = await (await play(0, turnStarted)).readers();
  expect(chats[1]).toContain("Codex exited without reporting the end of its turn");
  expect(chats[1]).not.toContain("已退出");
});

test("retries are one line, the last of them", async () => {
  const why = "(unexpected status 503 Service Unavailable)";
  const retries = [1, 2, 3, 4, 5].map((n) => error(`Reconnecting... ${n}/5 ${why}`));
  const { readers } = await play(0, turnStarted, ...retries, message("done"), completed);
  const { pages, log } = await readers();
  for (const text of [...pages, log]) expect(text.match(/Reconnecting\.\.\. \d/g)).toEqual(["Reconnecting... 5"]);
});

describe("a job ends as its turn did:", () => {
  const ends: [what: string, code: string | number, lines: (string | object)[], expected: object][] = [
    [
      "completed, whatever the exit code",
      1,
      [turnStarted, message("yes"), completed],
      { state: "succeeded", result_text: "yes", error: "" },
    ],
    [
      "completed, while something goes on running",
      "hang",
      [turnStarted, message("yes"), completed],
      { state: "succeeded", result_text: "yes" },
    ],
    [
      "failed, while something goes on running",
      "hang",
      [turnStarted, turnFailed("unexpected status 402 Payment Required: no")],
      {
        error_code: "model_quota_exhausted",
        error: expect.stringMatching(/^codex exit code=1：.*402 Payment Required: no$/),
      },
    ],
    [
      "by its last turn, if there are several",
      1,
      [turnStarted, message("one"), completed, turnStarted, turnFailed("Selected model is at capacity.")],
      { state: "failed", error_code: "model_unavailable", result_text: "one" },
    ],
    [
      "by its last turn, after one that failed",
      0,
      [turnStarted, turnFailed("Selected model is at capacity."), turnStarted, message("two"), completed],
      { state: "succeeded", result_text: "two" },
    ],
    [
      "failed, with blanks in its JSON and nothing said but a note",
      1,
      [
        '{"type": "turn.started"}',
        '{"type": "item.completed", "item": {"type": "error", "message": "Model metadata for `x` not found."}}',
        '{"type": "turn.failed", "error": "boom"}',
      ],
      { error_code: "executor_nonzero_exit", error: "codex exit code=1：boom" },
    ],
    [
      "failed, although it exits with 0",
      0,
      [turnStarted, message("half"), turnFailed("boom")],
      { error_code: "executor_nonzero_exit", error: "codex exit code=1：boom", result_text: "half" },
    ],
    [
      "without an end",
      0,
      [turnStarted, message("half"), message(" ")],
      { error_code: "executor_incomplete", result_text: "half" },
    ],
    [
      "without anything said",
      0,
      [turnStarted],
      { error_code: "executor_incomplete", result_text: "(empty)", error: "Codex 已退出，但没有报告任务完成" },
    ],
    [
      "without an end, after an MCP server has failed",
      0,
      [
        turnStarted,
        item({ type: "mcp_tool_call", server: "a", tool: "b", status: "failed", error: { message: "db is gone" } }),
      ],
      { error_code: "executor_incomplete", error: "Codex 已退出，但没有报告任务完成：db is gone" },
    ],
    [
      "killed in its midst",
      "SIG9",
      [turnStarted, message("half")],
      { error_code: "executor_nonzero_exit", error: "codex exit code=-9：ended by SIGKILL", result_text: "half" },
    ],
    [
      "panicked in its midst",
      101,
      [
        turnStarted,
        "!thread 'main' panicked at src/main.rs:1:2:",
        "!index out of bounds",
        "!note: run with RUST_BACKTRACE=1",
      ],
      {
        error_code: "executor_nonzero_exit",
        error: "codex exit code=101：thread 'main' panicked at src/main.rs:1:2: index out of bounds",
      },
    ],
    [
      "ended with an error that is not the turn's",
      1,
      [turnStarted, error("unexpected status 401 Unauthorized: no")],
      { error_code: "model_auth_failed" },
    ],
    ["a program without events", 0, ["out", "!err"], { state: "succeeded", result_text: "out\n\nerr" }],
    [
      "a program without events that fails",
      2,
      ["out", "!a: b"],
      { error_code: "executor_nonzero_exit", error: "codex exit code=2：a: b", result_text: "out\n\na: b" },
    ],
    [
      "a config that does not parse",
      1,
      ["!Error loading config.toml:", "!/h/config.toml:2:5: key with no value, expected `=`", "!  |", "!2 | foo bar"],
      { error_code: "executor_misconfigured", error: expect.stringContaining("/h/config.toml:2:5: key with no value") },
    ],
    [
      "an MCP server that is required and dead",
      1,
      [
        "!2026-11-28T20:19:44Z ERROR codex_core::session: Failed",
        "!Error: thread/start: thread/start failed: required MCP servers failed to initialize: a1: status 401 Unauthorized",
      ],
      { error_code: "executor_misconfigured", error: expect.stringContaining("a1: status 401") },
    ],
    [
      "a program that is not found",
      127,
      ["!/usr/bin/env: ‘node’: No such file or directory"],
      { error_code: "executor_misconfigured", error: expect.stringContaining("‘node’: No such file") },
    ],
    [
      "a library that is too old",
      1,
      ["!/x/codex: /lib/libc.so.6: version `GLIBC_2.39' not found (required by /x/codex)"],
      { error_code: "executor_misconfigured", error: expect.stringContaining("GLIBC_2.39") },
    ],
    [
      "a refresh that was refused, by its whole sentence",
      1,
      [turnStarted, turnFailed("Failed to refresh token: 401 Unauthorized: Please try signing in again.")],
      { error_code: "model_auth_failed", error: expect.stringContaining("refresh token: 401 Unauthorized: Please") },
    ],
    [
      "a package that is missing",
      1,
      [
        "!file:///x/codex.js:98",
        "!    throw new Error(",
        "!Error: Missing optional dependency @openai/codex-linux-x64. Reinstall Codex: npm install -g @openai/codex@latest",
        "!    at file:///x/codex.js:98:11",
        "!Node.js v22.1.0",
      ],
      { error_code: "executor_misconfigured", error: expect.stringMatching(/Missing optional dependency.*@latest$/) },
    ],
    [
      "a thread that is gone",
      1,
      ["!Error: thread/resume: thread/resume failed: no rollout found for thread id 01a2225e (code -32600)"],
      { error_code: "resume_thread_lost", error: expect.stringContaining("no rollout found") },
    ],
    [
      "a secret in what was said",
      1,
      [turnStarted, turnFailed('unexpected status 400: {"api_key":"hunter2hunter2"}')],
      { error_code: "model_request_rejected", error: expect.not.stringContaining("hunter2") },
    ],
    [
      "a page of HTML as its error",
      1,
      [turnStarted, turnFailed(`unexpected status 403 Forbidden: <html>${"x\n".repeat(1500)}`)],
      { error_code: "model_access_blocked", error: expect.stringMatching(/^.{900,1200}$/s) },
    ],
  ];
  test.each(ends)("%s", async (_, code, lines, expected) => {
    const { job } = await play(code, ...lines);
    expect(job).toMatchObject(expected);
  });
});

describe("a job that is cut off keeps what it has said", () => {
  const begun = [turnStarted, message("half"), error("Reconnecting... waiting for network (Connection failed)")];
  const task = `hang\n${begun.map((line) => JSON.stringify(line)).join("\n")}`;

  const untilSaid = async (app: App, id: string) => {
    const journal = join(dirname(app.config.dbPath), "jobs", `${id}.jsonl`);
    while (!readFileSync(journal, "utf8").includes("Reconnecting")) await app.job(id);
  };

  test("when it is canceled", async () => {
    const app = await started();
    const id = await app.submit({ task });
    await untilSaid(app, id);
    await app.api(`/executor/jobs/${id}/cancel`, {});
    expect(await app.untilEnded(id)).toMatchObject({
      state: "canceled",
      result_text: "half",
      error: "任务已被用户取消：Reconnecting... waiting for network (Connection failed)",
    });
    const { pages } = await readersOf(app, id);
    expect(pages[1]).toMatch(/Canceled by the user\s+Reconnecting\.\.\./);
  });

  test("when the service stops", async () => {
    const app = await started();
    const id = await app.submit({ task });
    await untilSaid(app, id);
    await app.container.worker.stop();
    expect(await app.job(id)).toMatchObject({ error_code: "interrupted", result_text: "half" });
  });
});
