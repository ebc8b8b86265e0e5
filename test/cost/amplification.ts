import { mkdirSync, statSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { type Service, startService } from "@test/real/service.ts";
import { privateDirtyMib } from "@test/security/measure.ts";
import { fixture } from "@test/support/fixtures.ts";
import { isTooLong, MAX_GAP_MS, startLoopWatch } from "@test/support/loop-watch.ts";
import type { CostPart } from "./part.ts";

const KIB = 1024;
const MIB = 1024 * KIB;
const SAMPLE_MS = 20;

/** In bytes; what a shape does not have is not measured. */
interface Sizes {
  journal?: number;
  /** Of the job, or of what is stored. */
  row?: number;
  answer?: number;
  page?: number;
}

const BOUNDS: Required<Sizes> = { journal: 2 * MIB, row: 80 * KIB, answer: 16 * MIB, page: 256 * KIB };
const MAX_GROWTH_MIB = 120;

interface Shape {
  name: string;
  /** Left out of the short form. */
  isSlow?: boolean;
  bounds?: Sizes;
  maxGrowthMib?: number;
  /** Before anything is measured. */
  prepare?(context: Context): Promise<unknown>;
  run(context: Context): Promise<Sizes>;
}

interface Context {
  service: Service;
  get(path: string, init?: RequestInit): Promise<Response>;
  sizeOf(path: string): Promise<number>;
  post(path: string, body: string | Uint8Array<ArrayBuffer>): Promise<Response>;
}

/** The task of a job that ends with a full journal. */
const FULL = "quotes";

const ofJob = (task: string, isSlow = false): Shape => ({
  name: task,
  isSlow,
  async run(context) {
    const { service, sizeOf } = context;
    const id = await service.submit({ task, cwd: "/tmp" });
    const { state } = await service.finished(id);
    if (state !== "succeeded") throw new Error(`${task} ended as ${state}`);
    return {
      journal: statSync(join(service.folder, `data/jobs/${id}.jsonl`)).size,
      row: await sizeOf(`/api/v1/executor/jobs/${id}`),
      answer: Math.max(
        await sizeOf(`/api/v1/executor/jobs/${id}/log`),
        await sizeOf(`/api/v1/executor/jobs/${id}/events`),
        await sizeOf("/api/v1/executor/jobs?limit=200"),
      ),
      page: await sizeOf(`/web/jobs/${id}`),
    };
  },
});

const jobTasks: readonly [task: string, isSlow?: boolean][] = [
  ["todos 1000000"],
  ["todo-texts", true],
  ["changes"],
  ["paths 100000", true],
  ["usage 250000"],
  ["threads 100000"],
  ["messages 300", true],
  ["long"],
  ["backslashes", true],
  ["controls", true],
  [FULL],
  ["emojis"],
  ["outputs"],
  ["json", true],
  ["nested"],
  ["arrays", true],
  ["escapes"],
  ["blanks", true],
  ["items", true],
  ["small"],
  ["retries", true],
  ["errors", true],
  ["plain"],
  ["lines", true],
  ["stderr", true],
  ["bytes 20000", true],
];

const rowsOf = (count: number, chars: number, version: number) =>
  Array.from({ length: count }, (_, n) => ({
    id: `${n}-${"界".repeat(chars)}`,
    model: `${version}-${'"'.repeat(chars)}`,
    provider_type: "chat_completion",
    base_url: `https://api.example/${"模".repeat(chars / 4)}`,
  }));

/** The largest list that one push may have. */
const largestPush = (version: number) => JSON.stringify({ providers: rowsOf(2000, 180, version), source: "push" });

const pushLargest = async ({ post }: Context) => (await post("/api/v1/models/import-astr", largestPush(0))).bytes();

const dense = (bytes: number) =>
  `{"providers":[${Array(Math.floor(bytes / 3))
    .fill("{}")
    .join(",")}]}`;

/** Sends the beginning of requests and keeps them open. */
const openSockets = async (service: Service, count: number, head: string, bytes: number) => {
  const { hostname, port } = new URL(service.url);
  const sockets = Array.from({ length: count }, () => connect(Number(port), hostname).on("error", () => {}));
  const part = Buffer.alloc(256 * KIB, "x");
  await Promise.all(
    sockets.map(async (socket) => {
      const closed = new Promise((resolve) => socket.once("close", resolve));
      socket.write(head);
      for (let sent = 0; sent < bytes && socket.writable; sent += part.length) {
        await Promise.race([closed, new Promise((resolve) => socket.write(part, resolve))]);
        await Bun.sleep(5);
      }
    }),
  );
  return () => {
    for (const socket of sockets) socket.destroy();
  };
};

const headOf = (service: Service, method: string, path: string, ...headers: string[]) =>
  [
    `${method} ${path} HTTP/1.1`,
    `Host: ${new URL(service.url).host}`,
    `Authorization: Bearer ${service.apiToken}`,
    ...headers,
    "",
    "",
  ].join("\r\n");

let fullJob = "";
const untilFullJob = async (service: Service): Promise<string> => {
  fullJob ||= await service.submit({ task: FULL, cwd: "/tmp" });
  await service.finished(fullJob);
  return fullJob;
};

const others: readonly Shape[] = [
  {
    name: "pushes of the largest list of models",
    isSlow: true,
    bounds: { row: 8 * MIB },
    maxGrowthMib: 200,
    async run({ post, sizeOf, service }) {
      for (let n = 0; n < 10; n++) {
        const answer = await post("/api/v1/models/import-astr", largestPush(n));
        if (answer.status !== 200) throw new Error(`the push answered ${answer.status}: ${await answer.text()}`);
        await answer.bytes();
      }
      return {
        row: statSync(join(service.folder, "data/backend_state.db")).size - 8 * MIB,
        answer: Math.max(await sizeOf("/api/v1/models"), await sizeOf("/api/v1/models/history?limit=100")),
      };
    },
  },
  {
    name: "100 pushes of names as long as can be",
    isSlow: true,
    bounds: { row: 12 * MIB },
    async run({ post, sizeOf, service }) {
      for (let n = 0; n < 100; n++) {
        const rows = rowsOf(600, 250, n);
        await (await post("/api/v1/models/import-astr", JSON.stringify({ providers: rows }))).bytes();
      }
      return {
        row: statSync(join(service.folder, "data/backend_state.db")).size,
        answer: await sizeOf("/api/v1/models/history?limit=100"),
      };
    },
  },
  {
    name: "a pull of the largest file",
    isSlow: true,
    async run({ post, service }) {
      writeFileSync(
        join(service.folder, "cmd_config.json"),
        JSON.stringify({ provider: rowsOf(2000, 180, 99), provider_sources: [] }),
      );
      const answer = await post("/api/v1/models/pull-astr", "");
      return { answer: (await answer.bytes()).length };
    },
  },
  {
    name: "32 readers of the largest list",
    prepare: pushLargest,
    async run({ get }) {
      const read = async () => (await (await get("/api/v1/models")).bytes()).length;
      return { answer: Math.max(...(await Promise.all(Array.from({ length: 32 }, read)))) };
    },
    maxGrowthMib: 600,
  },
  {
    name: "pages of the largest list",
    prepare: pushLargest,
    bounds: { page: 4 * MIB },
    async run({ sizeOf }) {
      const paths = ["/web/models", "/web/models?q=x", "/web/models?page=100", "/api/v1/models?format=csv"];
      const sizes = [];
      for (const path of paths) sizes.push(await sizeOf(path));
      return { page: Math.max(...sizes.slice(0, 3)), answer: sizes[3] ?? 0 };
    },
  },
  {
    name: "an upload of the largest file, and its confirmation",
    isSlow: true,
    bounds: { page: 40 * MIB },
    maxGrowthMib: 300,
    async run({ service }) {
      const send = (path: string, fields: Record<string, string | Blob>) => {
        const body = new FormData();
        for (const [name, value] of Object.entries(fields)) body.append(name, value);
        return fetch(service.url + path, {
          method: "POST",
          body,
          headers: { origin: service.url },
          redirect: "manual",
        });
      };
      const file = new File([JSON.stringify({ providers: rowsOf(2000, 120, 7) })], "export.json");
      const page = await (await send("/web/models/import", { file })).text();
      const field = /name="payload" value="([^"]*)"/.exec(page)?.[1] ?? "";
      const payload = field.replaceAll("&quot;", '"').replaceAll("&#39;", "'").replaceAll("&amp;", "&");
      const answer = await send("/web/models/import/confirm", { payload });
      if (answer.status !== 303) throw new Error(`the confirmation answered ${answer.status}`);
      return { page: page.length };
    },
  },
  {
    name: "dense bodies to every route",
    async run({ post, service }) {
      const bodies = [dense(8 * MIB - 100), `{"a":${"[".repeat(4 * MIB)}`, dense(300_000), `[${"1,".repeat(90_000)}1]`];
      for (const body of bodies) {
        for (const path of ["/api/v1/models/import-astr", "/api/v1/executor/jobs", "/api/v1/responses"]) {
          await (await post(path, path.endsWith("jobs") ? body.slice(0, MIB) : body)).bytes();
        }
      }
      const fields = "a=&".repeat(2.6 * MIB);
      for (const path of ["/web/models/import", "/web/models/import/confirm", "/web/jobs", "/web/login"]) {
        const headers = { origin: service.url, "content-type": "application/x-www-form-urlencoded" };
        const body = path === "/web/jobs" ? fields.slice(0, 250_000) : fields;
        await (await fetch(service.url + path, { method: "POST", body, headers, redirect: "manual" })).bytes();
      }
      return {};
    },
  },
  {
    name: "60 slow bodies of 19 MiB",
    isSlow: true,
    // 48 of them are ours; Bun holds what it has read of each connection.
    maxGrowthMib: 250,
    async run({ service, post }) {
      const head = headOf(
        service,
        "POST",
        "/api/v1/responses",
        "Content-Type: application/json",
        `Content-Length: ${19 * MIB}`,
      );
      const close = await openSockets(service, 60, head, 12 * MIB);
      const small = await post("/api/v1/models/import-astr", '{"providers":[]}');
      close();
      if (small.status !== 400) throw new Error(`a small body was answered ${small.status}`);
      return { answer: (await small.bytes()).length };
    },
  },
  {
    name: "64 readers of a full journal that do not read",
    async run({ service }) {
      const id = await untilFullJob(service);
      const head = headOf(service, "GET", `/api/v1/executor/jobs/${id}/events`);
      const { hostname, port } = new URL(service.url);
      const sockets = Array.from({ length: 64 }, () =>
        connect(Number(port), hostname)
          .on("error", () => {})
          .pause(),
      );
      for (const socket of sockets) socket.write(head);
      await Bun.sleep(2000);
      for (const socket of sockets) socket.destroy();
      return {};
    },
  },
  {
    name: "64 readers of a full journal, log and page",
    async run({ service, sizeOf }) {
      const id = await untilFullJob(service);
      const api = `/api/v1/executor/jobs/${id}`;
      const read = async (path: string) =>
        Math.max(...(await Promise.all(Array.from({ length: 64 }, () => sizeOf(path)))));
      const events = await read(`${api}/events`);
      return { answer: Math.max(events, await read(`${api}/log`)), page: await read(`/web/jobs/${id}`) };
    },
    maxGrowthMib: 300,
  },
  {
    name: "100 jobs of 100,000 characters",
    async run({ service, sizeOf }) {
      const blocker = await service.submit({ task: "bytes 100000000", cwd: "/tmp" });
      const ids: string[] = [];
      for (let n = 0; n < 99; n++) ids.push(await service.submit({ task: '"'.repeat(100_000), cwd: "/tmp" }));
      const answer = Math.max(
        await sizeOf("/api/v1/executor/jobs?limit=200"),
        await sizeOf("/api/v1/executor/jobs?limit=200&since=0"),
      );
      const page = Math.max(
        await sizeOf(`/web/jobs/${ids[0]}`),
        await sizeOf("/web/jobs"),
        await sizeOf("/web/status"),
      );
      for (const id of [...ids, blocker]) await service.cancel(id);
      await service.finished(blocker);
      return { answer, page };
    },
  },
  {
    name: "long headers, addresses and queries",
    async run({ get, post }) {
      const long = "-".repeat(7900);
      for (const path of [
        `/${long}`,
        `/${"/".repeat(7900)}`,
        `/web/models?q=${long}`,
        `/api/v1/executor/jobs/${long}`,
      ]) {
        for (let n = 0; n < 10; n++) await (await get(path)).bytes();
      }
      const headers = { "accept-language": ",".repeat(7000), cookie: "a=1;".repeat(1800), range: "bytes=".repeat(900) };
      for (let n = 0; n < 10; n++) await (await get("/web/status", { headers })).bytes();
      const answer = await post(
        "/api/v1/executor/jobs",
        JSON.stringify({ task: "x", cwd: `/${"x".repeat(MIB - 100)}` }),
      );
      return { answer: (await answer.bytes()).length };
    },
    bounds: { answer: 8 * KIB },
  },
];

const measure = async (shape: Shape, context: Context) => {
  const { pid, url } = context.service;
  await shape.prepare?.(context);
  const before = privateDirtyMib(pid);
  let peak = before;
  const sampler = setInterval(() => {
    peak = Math.max(peak, privateDirtyMib(pid));
  }, SAMPLE_MS);
  const watch = await startLoopWatch({ url, pid });
  const outcome = await shape.run(context).catch((error: Error) => error);
  clearInterval(sampler);
  const gap = await watch.stop();
  const growthMib = peak - before;
  const sizes = outcome instanceof Error ? {} : outcome;
  const bounds = { ...BOUNDS, ...shape.bounds };
  const fields = Object.keys(BOUNDS) as (keyof Sizes)[];
  const tooLarge = fields.filter((field) => (sizes[field] ?? 0) > bounds[field]);
  const faults = [
    ...tooLarge.map((field) => `${field} above ${bounds[field] / KIB} KiB`),
    ...(growthMib > (shape.maxGrowthMib ?? MAX_GROWTH_MIB) ? ["memory"] : []),
    ...(isTooLong(gap) ? [`gap above ${MAX_GAP_MS} ms`] : []),
    ...(outcome instanceof Error ? [outcome.message] : []),
  ];
  const shown = fields.map((field) =>
    (sizes[field] === undefined ? "-" : (sizes[field] / KIB).toFixed(1)).padStart(10),
  );
  const columns = [...shown, growthMib.toFixed(0).padStart(8), gap.ms.toFixed(0).padStart(6)];
  console.log(
    `${faults.length > 0 ? "FAIL" : "ok  "} ${shape.name.padEnd(52)}${columns.join("")}  ${faults.join("; ")}`,
  );
  return faults.length === 0;
};

/** The largest allowed input in every shape, sent to the real server. */
export const amplification: CostPart = async ({ short }) => {
  const shapes = [...jobTasks.map(([task, isSlow]) => ofJob(task, isSlow)), ...others];
  const chosen = shapes.filter(({ name, isSlow }) => (short ? !isSlow : name.includes(process.env.COST_SHAPE ?? "")));
  const header = ["journal", "row", "answer", "page"].map((name) => name.padStart(10)).join("");
  console.log(`     ${"KiB".padEnd(52)}${header}  MiB more    gap`);
  let failed = 0;
  for (const shape of chosen) {
    const service = await startService({
      WEB_AUTH: "never",
      EXECUTOR_CODEX_BIN: fixture("bin/codex-large"),
      EXECUTOR_MAX_TASK_CHARS: "100000",
      EXECUTOR_MAX_QUEUED: "200",
      ASTRBOT_CMD_CONFIG_PATH: "cmd_config.json",
    });
    mkdirSync(join(service.folder, "data"), { recursive: true });
    const get = (path: string, init: RequestInit = {}) =>
      fetch(service.url + path, { ...init, headers: { authorization: `Bearer ${service.apiToken}`, ...init.headers } });
    const context: Context = {
      service,
      get,
      sizeOf: async (path) => (await (await get(path)).bytes()).length,
      post: (path, body) => get(path, { method: "POST", body, headers: { "content-type": "application/json" } }),
    };
    await Bun.sleep(500);
    if (!(await measure(shape, context))) failed++;
    fullJob = "";
    await service.stop();
  }
  return { passed: chosen.length - failed, failed };
};
