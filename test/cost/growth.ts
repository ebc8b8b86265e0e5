import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { growthOf, type Input, inputOf } from "@test/support/regexp-steps.ts";
import { silentLogger } from "@test/support/silent-logger.ts";
import { composedPatterns, literalPatterns } from "@test/support/source-patterns.ts";
import fc from "fast-check";
import { Hono } from "hono";
import { createApp } from "@/app.ts";
import { parseConfig } from "@/config.ts";
import { createContainer } from "@/container.ts";
import { parseCodexLine } from "@/executor/codex/events.ts";
import { classifyFailure, sandboxFailureIn } from "@/executor/codex/failures.ts";
import { programFault, sandboxFault, sentenceOf } from "@/executor/codex/faults.ts";
import { retryAtOf } from "@/executor/codex/retry-time.ts";
import { withoutShell } from "@/executor/codex/shell-command.ts";
import { excerpt, headOf } from "@/executor/excerpt.ts";
import { createOutput } from "@/executor/output.ts";
import { createRedactor } from "@/executor/redact.ts";
import { isFailureText } from "@/gateway/failure-texts.ts";
import { createEventSplitter } from "@/gateway/relay/turn-stream.ts";
import { bearer } from "@/http/auth.ts";
import type { AppEnv } from "@/http/env.ts";
import { hostNameOf } from "@/http/host-guard.ts";
import { createThrottle } from "@/http/throttle.ts";
import { toLogText } from "@/jobs/journal.ts";
import { systemClock } from "@/lib/clock.ts";
import { parseEnvFile } from "@/lib/env-file.ts";
import { decodeJsonText, parseJson } from "@/lib/json.ts";
import { tidyPath } from "@/lib/paths.ts";
import { maskKeysInName, maskKeysInPath } from "@/lib/secret-shapes.ts";
import { codePoints, printable, printableJson, readable } from "@/lib/text.ts";
import { negotiateLocale } from "@/locales/translate.ts";
import { readCmdConfig, readPluginList } from "@/models/astrbot/config.ts";
import { readBaseUrl } from "@/models/astrbot/record.ts";
import { toCsv } from "@/models/csv.ts";
import { maskWarning } from "@/models/warnings.ts";
import { excerptOf, isLonger } from "@/views/jobs/job-parts.tsx";
import { toTimeline } from "@/views/jobs/timeline-view.ts";
import { toHtml } from "@/views/markdown.ts";
import type { CostPart } from "./part.ts";

type Read = (text: string) => unknown;

/** 64 KiB, the most text that one event of a job holds: at 16, 32 and 64 Ki characters. */
const EVENT_CHARS = 16 * 1024;
/** Bun refuses longer heads: at 4, 8 and 16 KiB. */
const HEAD_CHARS = 4000;
/** Below this a duration is noise: at 64 Ki characters a quadratic one is far above. */
const FLOOR_MS = 12;
/** At 4 times the length; linear is 4. */
const MAX_RATIO = 7;
/** Of the longest input; the event loop must not stand still for 100 ms. */
const MAX_MS = 80;

const TOKEN = "our-own-backend-token";
const now = new Date();
const at = "2026-01-01T00:00:00Z";
const redact = createRedactor([TOKEN, "gateway+token/of=ours", "a".repeat(40), "sk-0123456789abcdefghijklmnop"]);
const nothing = () => {};

/** What a run writes, as `text` in each place of an event. */
const runOf = (line: (text: string) => string): Read => {
  return (text) => {
    const output = createOutput({
      redact,
      onEvent: nothing,
      onTurn: nothing,
    });
    output.append("stdout", Buffer.from(`{"type":"turn.started"}\n${line(text)}\n`));
    return output.finish();
  };
};
const item = (fields: object) => JSON.stringify({ type: "item.completed", item: { id: "1", ...fields } });
const pieces = (text: string, count: number) =>
  Array.from({ length: count }, (_, index) =>
    text.slice((index * text.length) / count, ((index + 1) * text.length) / count),
  );

/** Every function that reads text of others, whole. */
const readers: Record<string, Read> = {
  redact,
  excerpt: (text) => excerpt(headOf(text), 12_000, redact),
  maskKeysInName,
  maskKeysInPath,
  maskWarning: (text) => maskWarning(`more:${text}`),
  readBaseUrl: (text) => pieces(text, 32).map((piece) => readBaseUrl(`https://host/${piece}`)),
  readPluginList: (text) =>
    readPluginList(
      pieces(text, 32).map((id) => ({ id, model: id, base_url: id })),
      undefined,
    ),
  readCmdConfig: (text) =>
    readCmdConfig({ provider: pieces(text, 32).map((id) => ({ id, model: id, type: id })) }, { requireEnabled: true }),
  toCsv: (text) =>
    toCsv(
      [{ provider_id: text, model: text, provider_type: "", base_url: "", capability: "", vendor: "", source: "" }].map(
        (row) => ({ ...row, capability: "", enabled: true, is_default: false, imported_at: at }),
      ),
    ),
  readable,
  printable,
  printableJson,
  codePoints,
  tidyPath,
  parseEnvFile,
  decodeJsonText: (text) => decodeJsonText(Buffer.from(text)),
  parseJson: (text) => parseJson(JSON.stringify([text])),
  parseNonFiniteJson: (text) => attempted(() => parseJson(`[NaN,"${text}`)),
  parseBrokenJson: (text) => attempted(() => parseJson(text)),
  parseCodexLine: (text) => parseCodexLine(item({ type: "agent_message", text })),
  "run: message": runOf((text) => item({ type: "agent_message", text })),
  "run: file_change": runOf((text) =>
    item({ type: "file_change", changes: pieces(text, 60).map((path) => ({ path, kind: "update" })) }),
  ),
  "run: todo_list": runOf((text) =>
    item({ type: "todo_list", items: pieces(text, 60).map((each) => ({ text: each, completed: false })) }),
  ),
  "run: command": runOf((text) =>
    item({ type: "command_execution", command: text, aggregated_output: text, exit_code: 1, status: "failed" }),
  ),
  "run: plain lines": runOf((text) => text),
  "run: failure": runOf((text) => JSON.stringify({ type: "turn.failed", error: { message: text } })),
  sentenceOf,
  programFault,
  sandboxFault: (text) =>
    sandboxFault(text, {
      isPrivileged: false,
      isUsernsCloneOff: true,
      isAppArmorRestricting: true,
      closedLimit: "user",
      isConfined: true,
      hasSeccompFilter: true,
      isContainer: true,
    }),
  sandboxFailureIn,
  classifyFailure,
  retryAtOf: (text) => retryAtOf(text, now),
  toLogText: (text) => toLogText([{ id: 1, at, type: "message", text }]),
  toTimeline: (text) =>
    toTimeline(
      (["message", "warning", "retry", "failure", "output"] as const).map((type, id) =>
        type === "output" ? { id, at, type, stream: "stderr", text } : { id, at, type, text },
      ),
      { said: text.slice(0, 1000), resultText: text },
    ),
  withoutShell: (text) => [withoutShell(`/bin/bash -lc ${text}`), withoutShell(`/bin/bash -lc "${text}`)],
  excerptOf: (text) => [excerptOf(text), isLonger(text)],
  toHtml,
  isFailureText: (text) => isFailureText(text, true),
  // The relay works on 16 KiB at a time.
  eventSplitter: (text) => {
    const part = text.slice(0, text.length / 4);
    return createEventSplitter().push(Buffer.from(`event: ${part}\n\ndata: ${part}\n\n`));
  },
  eventSplitterByBytes: (text) => {
    const splitter = createEventSplitter();
    for (const piece of pieces(text, 1000)) splitter.push(Buffer.from(piece));
  },
};

const attempted = (read: () => unknown): unknown => {
  try {
    return read();
  } catch {
    return undefined;
  }
};

/** Requests to the whole service, without a socket. */
const requestReaders = (app: ReturnType<typeof createApp>): Record<string, Read> => {
  // Without the delays after a wrong token.
  const throttle = { ...createThrottle({ clock: systemClock }), failed: async () => {} };
  const door = new Hono<AppEnv>().use(bearer({ token: TOKEN, throttle })).onError((_, c) => c.body(null));
  const get = (path: string, headers: Record<string, string> = {}) =>
    attempted(() =>
      app.request(new Request(`http://127.0.0.1:18889${path}`, { headers: { host: "127.0.0.1:18889", ...headers } })),
    );
  const sent = (text: string) => text.replace(/[^\t\x20-\x7e]/g, "");
  const addressed = (text: string) => text.replace(/[^\x21-\x7e]|[?#]/g, "");
  const header =
    (name: string): Read =>
    (text) =>
      get("/api/v1/executors", { [name]: sent(text) });
  return {
    path: (text) => get(`/${addressed(text)}`),
    "path of the API": (text) => get(`/api/v1/${addressed(text)}x`),
    "path of a page": (text) => get(`/web/jobs/${addressed(text)}/x`),
    "query of a page": (text) => get(`/web/models?q=${addressed(text)}`),
    "query of names": (text) => get(`/web/models?${addressed(text)}`),
    "header authorization": (text) => door.request("/", { headers: { authorization: sent(text) } }),
    "header authorization, Bearer": (text) => door.request("/", { headers: { authorization: sent(`Bearer ${text}`) } }),
    "header cookie": (text) => get("/web/status", { cookie: sent(text) }),
    "header accept-language": (text) => get("/web/status", { "accept-language": sent(text) }),
    "header accept": header("accept"),
    "header x-trace-id": header("x-trace-id"),
    "header origin": header("origin"),
    "header host": header("host"),
    "header content-type": header("content-type"),
    "header range": header("range"),
    "header referer": header("referer"),
    hostNameOf,
    negotiateLocale,
  };
};

/** What most patterns look for, in any order. */
const WORDS = [
  ..."-\\\"'/,;:=@.&?%#|_~+*()[]{}<> \t\n\r\0\x1b1aAzé中",
  "\r\n",
  '\\"',
  "](",
  "%2F",
  "%",
  "://",
  "eyJ",
  "sk-",
  "token",
  "token=",
  '"token":',
  '\\"token\\":[',
  "--token ",
  "secret:",
  "Bearer ",
  "cookie:",
  "-----BEGIN PRIVATE KEY-----",
  "```",
  "`",
  "\n\n",
  "<a ",
  "data: ",
  "event: ",
  "{\n",
  '{"type":\n',
  "\x1b[",
  "\x1b]",
  "env: ",
  "model ",
  "in 1 s ",
  "Reconnecting... ",
  "bwrap: ",
  "a=",
  "a.",
  "a-",
  "/a",
  '{"',
  '["',
];

const inputs = ({ short, seed }: { short: boolean; seed: number }): Input[] => {
  const one = { before: "", after: "", isRepeated: false };
  const word = fc.constantFrom(...WORDS);
  const mixture = fc.array(word, { minLength: 2, maxLength: 3 }).map((words) => words.join(""));
  const random = fc.record({
    before: fc.oneof(fc.constant(""), mixture),
    pump: mixture,
    after: fc.oneof(fc.constant(""), word),
    isRepeated: fc.boolean(),
  });
  const usable = fc
    .sample(random, { seed, numRuns: short ? 12 : 120 })
    .filter(({ before, isRepeated }) => before !== "" || !isRepeated);
  return [...WORDS.map((pump) => ({ ...one, pump })), ...usable];
};

/** The processor's time where the machine is shared. */
const clocks = () => {
  const { user, system } = process.cpuUsage();
  return { wallMs: performance.now(), usedMs: (user + system) / 1000 };
};

const timeOf = async (read: Read, text: string, runs: number): Promise<number> => {
  let best = Number.POSITIVE_INFINITY;
  for (let run = 0; run < runs; run++) {
    const before = clocks();
    await read(text);
    const after = clocks();
    best = Math.min(best, after.wallMs - before.wallMs, after.usedMs - before.usedMs);
  }
  return best;
};

interface Row {
  name: string;
  input: Input;
  times: number[];
}

const ratioOf = ({ times }: Row) => (times[2] ?? 0) / Math.max(0.01, times[0] ?? 0);
const isTooMuch = (row: Row) =>
  (row.times[2] ?? 0) > MAX_MS || ((row.times[2] ?? 0) > FLOOR_MS && ratioOf(row) > MAX_RATIO);

const timesOf = async (read: Read, input: Input, chars: number, runs: number, factors = [1, 2, 4]) => {
  const times: number[] = [];
  for (const factor of factors) {
    times.push(await timeOf(read, inputOf(input, factor * chars).slice(-factor * chars), runs));
  }
  return times;
};

/** How the time of each function and each pattern grows with its input. */
export const growth: CostPart = async ({ short }) => {
  const seed = Date.now() % 1_000_000;
  const rows: Row[] = [];
  const growAll = async (name: string, read: Read, tried: readonly Input[], chars: number) => {
    let worst: { input: Input; ms: number } | undefined;
    for (const input of tried) {
      let [ms = 0] = await timesOf(read, input, chars, 1, [4]);
      if (ms > FLOOR_MS) [ms = 0] = await timesOf(read, input, chars, 3, [4]);
      if (worst === undefined || ms > worst.ms) worst = { input, ms };
      if (ms > MAX_MS) break;
    }
    if (!worst) return;
    const { input } = worst;
    const row = { name, input, times: await timesOf(read, input, chars, 4) };
    // Again, which a busy machine does not repeat.
    rows.push(isTooMuch(row) ? { ...row, times: await timesOf(read, input, chars, 12) } : row);
  };

  const tried = inputs({ short, seed });
  for (const [name, read] of Object.entries(readers)) await growAll(name, read, tried, EVENT_CHARS);

  const root = mkdtempSync(join(tmpdir(), "cost-"));
  mkdirSync(join(root, "logs/backend"), { recursive: true });
  const config = parseConfig({
    OPENCLAW_BACKEND_ROOT: root,
    HOME: root,
    PATH: process.env.PATH ?? "",
    BACKEND_API_TOKEN: TOKEN,
  });
  const container = createContainer(config, { logger: silentLogger });
  for (const [name, read] of Object.entries(requestReaders(createApp(container))))
    await growAll(name, read, tried, HEAD_CHARS);
  await container.stop();
  rmSync(root, { recursive: true });

  // The unit suite counts their steps.
  const patterns = short ? [] : [...(await literalPatterns()), ...(await composedPatterns())];
  for (const { file, pattern } of patterns) {
    const every = new RegExp(pattern, `${pattern.flags.replace(/[gy]/g, "")}g`);
    const read: Read = (text) => text.replace(every, "");
    await growAll(`${file} /${pattern.source}`.slice(0, 60), read, [growthOf(pattern, seed).worst], EVENT_CHARS);
  }

  const failed = rows.filter(isTooMuch).length;
  const shown = rows.toSorted((first, second) => (second.times[2] ?? 0) - (first.times[2] ?? 0));
  console.log(`seed ${seed}; ms at n, 2n and 4n; n is ${EVENT_CHARS}, for heads of requests ${HEAD_CHARS} characters`);
  for (const row of shown.filter((row, index) => isTooMuch(row) || index < 25)) {
    const { before, pump, after, isRepeated } = row.input;
    const input = `${JSON.stringify(before)}${isRepeated ? "..." : ""} ${JSON.stringify(pump)}... ${JSON.stringify(after)}`;
    const times = row.times.map((ms) => ms.toFixed(2).padStart(9)).join("");
    console.log(
      `${isTooMuch(row) ? "FAIL" : "ok  "} ${row.name.padEnd(60)}${times}  x${ratioOf(row).toFixed(1).padEnd(6)} ${input}`,
    );
  }
  return { passed: rows.length - failed, failed };
};
