import { statSync } from "node:fs";
import { join } from "node:path";
import { type Attack, must, mustAnswer } from "./attack.ts";
import { latencies, ms, percentile, privateDirtyMib } from "./measure.ts";

const API = "/api/v1/executors";

const elsewhere: Attack = {
  row: "Token elsewhere",
  name: "the right token in query, cookie, body, other headers and schemes",
  async run({ call, service: { apiToken } }) {
    const basic = Buffer.from(`user:${apiToken}`).toString("base64");
    const places: [path: string, init: RequestInit][] = [
      [`${API}?token=${apiToken}&access_token=${apiToken}&api_key=${apiToken}`, {}],
      [API, { headers: { cookie: `token=${apiToken}; session=${apiToken}; Authorization=Bearer ${apiToken}` } }],
      [API, { headers: { "x-api-key": apiToken, "x-forwarded-authorization": `Bearer ${apiToken}` } }],
      [API, { headers: { authorization: `Basic ${basic}` } }],
      [API, { headers: { authorization: apiToken } }],
      [API, { headers: { authorization: `Bearer\t${apiToken}` } }],
      [API, { headers: { authorization: `Bearer ${apiToken}, Bearer ${apiToken}` } }],
      ["/api/v1/executor/jobs", { method: "POST", body: JSON.stringify({ task: "x", token: apiToken }) }],
    ];
    for (const [path, init] of places) await mustAnswer(await call(path, init), 401, "auth_failed");
    return `401 for ${places.length} places`;
  },
};

const unguarded: Attack = {
  row: "Token elsewhere",
  name: "spellings of an API path that a guard might not know",
  async run({ call }) {
    const spellings = [
      "/api/v1/%65xecutors",
      "/api//v1/executors",
      "/api/v1/executors/",
      "/api/./v1/executors",
      "/web/../api/v1/executors",
    ];
    const statuses: number[] = [];
    for (const path of spellings) statuses.push((await call(path)).status);
    for (const path of ["/API/v1/executors", "/%61pi/v1/executors", "/web/%2e%2e/api/v1/executors"]) {
      const { status } = await call(path);
      must(status === 401 || status === 404, `${path} answered ${status}`);
      statuses.push(status);
    }
    must(!statuses.includes(200), `${statuses}`);
    return statuses.join(" ");
  },
};

const SAMPLES = 3000;
/** Beyond this, the two times differ (the threshold that leakage tests of ciphers use). */
const MAX_T = 4.5;

/**
 * The throttle holds back 32 refusals at a time; once those places are taken, further guesses get 429 at once. That is
 * what an attacker with a watch would use, so that is what is measured.
 */
const timing: Attack = {
  row: "Timing",
  name: "a guess that shares all but its last character with the token takes as long as one that shares none",
  async run({ call, service: { apiToken } }) {
    const guess = (token: string) => call(API, { headers: { authorization: `Bearer ${token}` } }).then((r) => r.text());
    const flip = (character: string) => (character === "A" ? "B" : "A");
    const near = apiToken.slice(0, -1) + flip(apiToken.at(-1) ?? "");
    const far = flip(apiToken[0] ?? "") + apiToken.slice(1);
    const held = new AbortController();
    const fill = async () => {
      while (!held.signal.aborted) await guess("wrong").catch(() => {});
    };
    const fillers = Array.from({ length: 40 }, fill);
    const taken = { near: [] as number[], far: [] as number[] };
    while (taken.far.length < SAMPLES) {
      for (const [kind, token] of [
        ["near", near],
        ["far", far],
      ] as const) {
        const [spent = 0] = await latencies(1, () => guess(token));
        if (spent < 200) taken[kind].push(spent);
      }
    }
    held.abort();
    await Promise.all(fillers);
    const t = welch(taken.near, taken.far);
    must(Math.abs(t) < MAX_T, `t = ${t.toFixed(2)}`);
    const medians = [taken.near, taken.far].map((times) => `${(percentile(times, 0.5) * 1000).toFixed(0)} us`);
    return `medians ${medians.join(" and ")}, ${taken.near.length} each, Welch's t = ${t.toFixed(2)}`;
  },
};

/** Of the lower nine tenths: the rest is the machine's noise. */
const welch = (a: readonly number[], b: readonly number[]): number => {
  const [first, second] = [a, b].map((times) => {
    const kept = times.toSorted((x, y) => x - y).slice(0, Math.floor(times.length * 0.9));
    const mean = kept.reduce((sum, x) => sum + x, 0) / kept.length;
    return { mean, error: kept.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (kept.length - 1) / kept.length };
  });
  if (!first || !second) return Number.NaN;
  return (first.mean - second.mean) / Math.sqrt(first.error + second.error);
};

const bruteForce: Attack = {
  row: "Brute force",
  name: "12 guesses one after the other, while an honest client calls",
  async run({ call, trusted }) {
    const guesses = await latencies(12, () => call(API, { headers: { authorization: "Bearer guess-guess-guess" } }));
    must((guesses.at(-1) ?? 0) >= 4900, `the twelfth came after ${ms(guesses.at(-1) ?? 0)}`);
    const honest = await latencies(20, () => trusted(API));
    must(percentile(honest, 1) < 1000, `the right token waited ${ms(percentile(honest, 1))}`);
    const shown = guesses.map((guess) => `${(guess / 1000).toFixed(2)}`).join(" ");
    return `guesses ${shown} s; right token p99 ${ms(percentile(honest, 0.99))}`;
  },
};

const logBytes = (folder: string) =>
  ["backend.log", "audit.jsonl"].reduce((sum, name) => sum + statSync(join(folder, "logs/backend", name)).size, 0);

const guessFlood: Attack = {
  row: "Brute force",
  name: "5,000 guesses by 200 at a time, from addresses all over 127.0.0.0/8 in their headers",
  async run({ call, trusted, service }) {
    await latencies(50, () => trusted(API));
    const before = {
      memory: privateDirtyMib(service.pid),
      p99: percentile(await latencies(200, () => trusted(API)), 0.99),
    };
    let left = 5000;
    const statuses: number[] = [];
    const guesser = async () => {
      while (left-- > 0) {
        const headers = { authorization: `Bearer guess-${left}`, "x-forwarded-for": `127.0.${left % 256}.1` };
        const { status, headers: sent } = await call(API, { headers });
        statuses.push(status);
        const isThrottled = status === 429 && sent.get("retry-after") === "5";
        must(status === 403 || isThrottled, `a guess was answered ${status}`);
      }
    };
    const logBefore = logBytes(service.folder);
    const flood = Promise.all(Array.from({ length: 200 }, guesser));
    const during = await latencies(200, async () => mustAnswer(await trusted(API), 200));
    await flood;
    const memory = privateDirtyMib(service.pid);
    must(percentile(during, 1) < 3000, `the right token waited ${ms(percentile(during, 1))}`);
    must(memory - before.memory < 24, `private memory grew from ${before.memory} to ${memory} MiB`);
    const throttled = statuses.filter((status) => status === 429).length;
    must(throttled > 4000, `only ${throttled} guesses were throttled beyond the 32 that are held`);
    // What the honest client has asked for is logged.
    const logged = logBytes(service.folder) - logBefore;
    must(logged < 256 * 1024, `the log grew by ${logged} bytes`);
    return `${throttled} of ${statuses.length} got 429; log + ${(logged / 1024).toFixed(0)} KiB; right token p99 ${ms(before.p99)} before, ${ms(percentile(during, 0.99))} during; private memory ${before.memory.toFixed(0)} to ${memory.toFixed(0)} MiB`;
  },
};

export const tokenAttacks = [elsewhere, unguarded, bruteForce, timing, guessFlood];
