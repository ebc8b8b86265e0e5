/**
 * Imports 2,000 providers, the most of one list, through a started service in every way there is, and renders them:
 * `bun bench/models.ts [providers]`. Prints the time of each step and the peak of private memory while it ran.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const COUNT = Number(process.argv[2] ?? 2000);
const SAMPLE_MS = 10;
const PORT = 18_000 + Math.floor(Math.random() * 800);
const BASE = `http://127.0.0.1:${PORT}`;
const TOKEN = "bench-token-bench-token-bench-token";

const root = mkdtempSync(join(tmpdir(), "bench-models-"));
const sources = Array.from({ length: 50 }, (_, n) => ({
  id: `source${n}`,
  provider: "openai",
  type: "openai_chat_completion",
  provider_type: "chat_completion",
  key: [`sk-bench-${n}`],
  api_base: `https://api${n}.example/v1`,
}));
const rows = (version: string) =>
  Array.from({ length: COUNT }, (_, n) => ({
    id: `source${n % 50}/model-${n}`,
    enable: true,
    provider_source_id: `source${n % 50}`,
    model: `model-${n}-${version}`,
    modalities: ["text", "image", "tool_use"],
    custom_extra_body: {},
  }));
const config = (version: string) => JSON.stringify({ provider_sources: sources, provider: rows(version) }, null, 2);
const configPath = join(root, "cmd_config.json");
writeFileSync(configPath, config("a"));

const child = Bun.spawn([process.execPath, resolve(import.meta.dir, "../src/main.ts")], {
  env: {
    PATH: process.env.PATH ?? "",
    HOME: root,
    OPENCLAW_BACKEND_ROOT: root,
    BACKEND_PORT: String(PORT),
    BACKEND_API_TOKEN: TOKEN,
    WEB_AUTH: "never",
    ASTRBOT_CMD_CONFIG_PATH: configPath,
  },
  stdout: "ignore",
  stderr: "inherit",
});

const privateMiB = (): number => {
  const rollup = readFileSync(`/proc/${child.pid}/smaps_rollup`, "utf8");
  const kib = [...rollup.matchAll(/^Private_(?:Clean|Dirty):\s+(\d+) kB$/gm)].reduce(
    (sum, [, n]) => sum + Number(n),
    0,
  );
  return kib / 1024;
};

const step = async (name: string, work: () => Promise<Response>) => {
  let peak = privateMiB();
  const sampler = setInterval(() => {
    peak = Math.max(peak, privateMiB());
  }, SAMPLE_MS);
  const startedAt = performance.now();
  const response = await work();
  const body = await response.text();
  const ms = performance.now() - startedAt;
  clearInterval(sampler);
  peak = Math.max(peak, privateMiB());
  const kib = Math.round(body.length / 1024);
  console.log(
    `${name.padEnd(34)} ${String(response.status)} ${ms.toFixed(0).padStart(6)} ms ${String(kib).padStart(6)} KiB  peak ${peak.toFixed(0)} MiB private`,
  );
  return body;
};

const api = (path: string, init: RequestInit = {}) =>
  fetch(`${BASE}/api/v1${path}`, {
    ...init,
    headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" },
  });
const form = (path: string, fields: Record<string, string | Blob>) => {
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) body.append(name, value);
  return fetch(BASE + path, { method: "POST", body, headers: { origin: BASE }, redirect: "manual" });
};
const fieldOf = (page: string, name: string) =>
  (new RegExp(`name="${name}" value="([^"]*)"`).exec(page)?.[1] ?? "")
    .replaceAll("&quot;", '"')
    .replaceAll("&amp;", "&");

try {
  for (;;) {
    const isUp = await fetch(`${BASE}/web/status`).then(
      () => true,
      () => false,
    );
    if (isUp) break;
    await Bun.sleep(50);
  }
  console.log(
    `${COUNT} providers, a file of ${(config("a").length / 1024).toFixed(0)} KiB; idle ${privateMiB().toFixed(0)} MiB private`,
  );
  await step("pull (all new)", () => api("/models/pull-astr", { method: "POST" }));
  await step("pull (nothing changed)", () => api("/models/pull-astr", { method: "POST" }));
  await step("push (all changed)", () =>
    api("/models/import-astr", { method: "POST", body: JSON.stringify({ providers: rows("b") }) }),
  );
  const preview = await step("preview by hand", () =>
    form("/web/models/import", { file: new File([config("c")], "x.json") }),
  );
  await step("confirm by hand", () => form("/web/models/import/confirm", { payload: fieldOf(preview, "payload") }));
  await step("models page", () => fetch(`${BASE}/web/models`));
  await step("models page, last page", () => fetch(`${BASE}/web/models?page=9999`));
  await step("models page, search", () => fetch(`${BASE}/web/models?q=model-49`));
  await step("models page, by capability", () => fetch(`${BASE}/web/models?capability=chat&page=50`));
  await step("list as JSON", () => api("/models"));
  await step("list as CSV", () => api("/models?format=csv"));
  await step("history", () => api("/models/history"));
} finally {
  child.kill();
  await child.exited;
  rmSync(root, { recursive: true });
}
