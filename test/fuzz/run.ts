import { newToken, startService } from "@test/real/service.ts";
import { privateDirtyMib } from "@test/security/measure.ts";
import { fixture } from "@test/support/fixtures.ts";
import { gapText, isTooLong, startLoopWatch } from "@test/support/loop-watch.ts";
import fc from "fast-check";
import { type FuzzedRequest, OpenApi, requestsOf, withPages } from "./operations.ts";

/**
 * Sends generated requests to every operation of the real server's OpenAPI document and to its pages.
 * `--requests N` (20,000), `--seed N`.
 */
const numberOf = (option: string, otherwise: number) => {
  const at = process.argv.indexOf(option);
  return at < 0 ? otherwise : Number(process.argv[at + 1]);
};
const total = numberOf("--requests", 20_000);
const seed = numberOf("--seed", Date.now() % 1_000_000);
const ROUNDS = 4;
const AT_ONCE = 16;
const ANSWER_DEADLINE_MS = 20_000;
/** Garbage comes and goes by 30 MiB under load; a rest shows what is kept. */
const REST_MS = 60_000;
const SAMPLE_MS = 2000;
const MAX_GROWTH_MIB = 8;

/** A gateway that refuses every turn before a model is asked. */
const gateway = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  fetch: () => Response.json({ error: { message: "no", type: "invalid_request_error" } }, { status: 400 }),
});
const service = await startService({
  EXECUTOR_CODEX_BIN: fixture("bin/plain-echo"),
  OPENCLAW_GATEWAY_URL: `http://127.0.0.1:${gateway.port}`,
  OPENCLAW_GATEWAY_TOKEN: newToken(),
});
const watch = await startLoopWatch(service);
const document = withPages(OpenApi.parse(await service.api("/openapi.json")));

const faults: string[] = [];
const statuses = new Map<number, number>();
const jobIds = [await service.submit({ task: "hello", cwd: "/tmp" })];

const send = async (request: FuzzedRequest) => {
  const { operation, method, path, headers, body, documented } = request;
  const init = { method, headers, redirect: "manual", ...(body !== undefined && { body }) } as const;
  const tell = (what: string) =>
    faults.push(`${what}: ${operation} ${JSON.stringify({ ...request, documented: "" })}`.slice(0, 600));
  watch.note(`${operation} ${method} ${path.slice(0, 80)}`);
  try {
    const answer = await fetch(service.url + path, { ...init, signal: AbortSignal.timeout(ANSWER_DEADLINE_MS) });
    const isStream = answer.status === 200 && answer.headers.get("content-type") === "text/event-stream";
    // A page's stream has no end of its own.
    if (isStream) await answer.body?.cancel();
    const text = isStream ? "" : await answer.text();
    statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
    if (answer.status >= 500 && !(answer.status === 503 && documented.includes("503")))
      tell(`${answer.status} ${text.slice(0, 200)}`);
    if (!answer.headers.get("x-trace-id")) tell("no trace id");
    // What the gateway says of a turn passes through; a range that cannot be had has no body.
    const isOurs = answer.status >= 400 && method !== "HEAD" && answer.status !== 416 && operation !== "relayTurn";
    if (isOurs && !/^(?:\{"ok":false|<!doctype html>)/.test(text)) {
      tell(`${answer.status} not as we say it: ${text.slice(0, 100)}`);
    }
    const id = /^\{"ok":true,"trace_id":"[^"]*","job_id":"([0-9a-f]{16})"/.exec(text)?.[1];
    if (id !== undefined && jobIds.length < 50) jobIds.push(id);
  } catch (error) {
    tell(String(error));
  }
};

/** The least that is held during a rest, in MiB. */
const restedMemory = async (): Promise<number> => {
  let least = Number.POSITIVE_INFINITY;
  for (let restedMs = 0; restedMs < REST_MS && !service.hasExited(); restedMs += SAMPLE_MS) {
    await Bun.sleep(SAMPLE_MS);
    least = Math.min(least, privateDirtyMib(service.pid));
  }
  return least;
};

const memory: number[] = [];
console.log(`${total} requests, seed ${seed}, ${Object.values(document.paths).flatMap(Object.keys).length} operations`);
for (let round = 0; round < ROUNDS; round++) {
  const { origin } = new URL(service.url);
  const requests = fc.sample(requestsOf(document, { apiToken: service.apiToken, origin, jobIds }), {
    numRuns: total / ROUNDS,
    seed: seed + round,
  });
  const sender = async () => {
    for (let request = requests.pop(); request; request = requests.pop()) await send(request);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, sender));
  if (service.hasExited()) break;
  memory.push(await restedMemory());
  console.log(`round ${round + 1}: private memory at rest ${memory.at(-1)?.toFixed(1)} MiB, ${faults.length} faults`);
}
const alive = !service.hasExited();
const gap = await watch.stop();
const grown = (memory.at(-1) ?? 0) - (memory[0] ?? 0);
await service.stop();
await gateway.stop(true);

const checks: [what: string, isRight: boolean][] = [
  [`no crash`, alive],
  [`no 5xx but documented 503s, every refusal in our envelope or a page: ${faults.length} faults`, faults.length === 0],
  [`private memory at rest since the first round: ${grown.toFixed(1)} MiB`, alive && grown <= MAX_GROWTH_MIB],
  [`event loop: ${gapText(gap)}`, !isTooLong(gap)],
];
console.log(
  [...statuses]
    .toSorted(([a], [b]) => a - b)
    .map(([status, count]) => `${status}: ${count}`)
    .join(", "),
);
for (const fault of faults.slice(0, 20)) console.log(fault);
for (const [what, isRight] of checks) console.log(`${isRight ? "pass" : "FAIL"} | ${what}`);
const failed = checks.filter(([, isRight]) => !isRight).length;
console.log(`${checks.length - failed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
