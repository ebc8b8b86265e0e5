import { describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createTestApp, newRoot } from "@test/support/app.ts";
import { onTestEnd } from "@test/support/cleanup.ts";
import { fixture } from "@test/support/fixtures.ts";
import { examine } from "@/doctor/examine.ts";
import { fail, fromProblem, ok, warn } from "@/doctor/finding.ts";
import { exitCodeOf, toLines, toText } from "@/doctor/report.ts";
import { toSidecarView } from "@/gateway/sidecar.ts";
import { systemClock } from "@/lib/clock.ts";
import { locales } from "@/locales/translate.ts";
import { diagnose, type Problem } from "@/status/diagnose.ts";

const API_TOKEN = "a-token-of-the-api-that-is-long-enough";
const GATEWAY_TOKEN = "a-token-of-the-gateway-that-is-long-enough";

const startGateway = (status = 400) => {
  const seen: { method: string; body: string }[] = [];
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    async fetch(request) {
      seen.push({ method: request.method, body: await request.text() });
      return Response.json({ error: { type: "invalid_request_error" } }, { status });
    },
  });
  onTestEnd(() => server.stop(true));
  return { url: `http://127.0.0.1:${server.port}`, seen };
};

/** The settings of a stopped service; nothing of the machine's own is looked at. */
const configure = (root: string, settings: Record<string, string>) => {
  const lines = { BACKEND_API_TOKEN: API_TOKEN, OPENCLAW_GATEWAY_TOKEN: GATEWAY_TOKEN, BACKEND_PORT: "0", ...settings };
  const text = Object.entries(lines).map(([name, value]) => `${name}=${value}\n`);
  writeFileSync(join(root, ".env"), text.join(""), { mode: 0o600 });
  return { OPENCLAW_BACKEND_ROOT: root, HOME: root, PATH: join(root, "bin") };
};

const kindsOf = async (environment: Record<string, string>) =>
  toLines(await examine(environment, systemClock), "zh-CN").map(({ kind }) => kind);

/** Every name, mode, time and content; but for the index of a log, where each reader of SQLite notes its place. */
const snapshot = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .sort()
    .map((name) => {
      const stats = lstatSync(join(folder, name));
      const isRead = stats.isFile() && !name.endsWith("-shm");
      const content = isRead
        ? createHash("sha256")
            .update(readFileSync(join(folder, name)))
            .digest("hex")
        : "";
      return [name, stats.mode, stats.mtimeMs, content].join(" ");
    });

test("it changes nothing, whether the service stopped in order or never ran", async () => {
  const app = createTestApp();
  await app.api("/models/import-astr", { providers: [{ id: "one", model: "m" }] });
  await app.stop();
  const environment = configure(app.root, { OPENCLAW_GATEWAY_URL: startGateway().url });
  const before = snapshot(app.root);

  expect(await kindsOf(environment)).toContain("database_ok");

  expect(snapshot(app.root)).toEqual(before);
  const empty = newRoot();
  await kindsOf({ OPENCLAW_BACKEND_ROOT: empty, HOME: empty, PATH: "", BACKEND_PORT: "0" });
  expect(readdirSync(empty)).toEqual([]);
});

describe("the gateway", () => {
  test("is asked once, for nothing", async () => {
    const gateway = startGateway();

    expect(await kindsOf(configure(newRoot(), { OPENCLAW_GATEWAY_URL: gateway.url }))).toContain("gateway_ok");
    expect(gateway.seen).toEqual([{ method: "POST", body: "{}" }]);
  });

  test("is not asked without a token, which would count as a wrong one", async () => {
    const gateway = startGateway(401);

    const kinds = await kindsOf(
      configure(newRoot(), { OPENCLAW_GATEWAY_URL: gateway.url, OPENCLAW_GATEWAY_TOKEN: "" }),
    );
    expect(kinds).toContain("gateway_not_asked");
    expect(gateway.seen).toEqual([]);
  });

  test("that speaks TLS is to be asked by https, and with its own certificate says what to set", async () => {
    const tls = { key: Bun.file(fixture("tls/test-only.key")), cert: Bun.file(fixture("tls/test-only.crt")) };
    const server = Bun.serve({ hostname: "127.0.0.1", port: 0, tls, fetch: () => new Response() });
    onTestEnd(() => server.stop(true));
    const lineOf = async (scheme: string, kind: string) => {
      const settings = { OPENCLAW_GATEWAY_URL: `${scheme}://127.0.0.1:${server.port}` };
      const lines = toLines(await examine(configure(newRoot(), settings), systemClock), "en");
      return lines.find((line) => line.kind === kind);
    };

    expect((await lineOf("http", "gateway_tls_expected"))?.command).toContain(`https://127.0.0.1:${server.port}`);
    expect((await lineOf("https", "gateway_certificate"))?.cure).toContain("NODE_EXTRA_CA_CERTS");
  });
});

test("a folder that others use too is not to be closed to them, one of ours is", async () => {
  const root = newRoot();
  const shared = newRoot();
  chmodSync(shared, 0o1777);
  const kinds = await kindsOf(configure(root, { BACKUP_DIR: shared }));
  expect(kinds).not.toContain("folder_open");

  mkdirSync(join(root, "data"), { recursive: true });
  chmodSync(join(root, "data"), 0o755);
  expect(await kindsOf(configure(root, { BACKUP_DIR: shared }))).toContain("folder_open");
});

test("its texts hold no secret, no wrong value and no unfilled placeholder", async () => {
  const environment = configure(newRoot(), { OPENCLAW_GATEWAY_URL: startGateway(401).url, RELAY_MAX_WAITING: "hush" });
  const findings = await examine(environment, systemClock);
  for (const locale of locales) {
    const text = toText(toLines(findings, locale), locale).join("\n");
    expect(text).toContain("RELAY_MAX_WAITING");
    for (const secret of [API_TOKEN, GATEWAY_TOKEN, "hush"]) expect(text).not.toContain(secret);
    expect(text).not.toMatch(/\{\w+\}/);
  }
});

test("a notice has no weight: the pinned gateway is named, and the exit code is 0", () => {
  const [problem] = diagnose({ sidecar: { ...toSidecarView("2026.2.9", null, null), unit: null } });
  const lines = toLines([ok("clock_ok", { now: "noon" }), fromProblem(problem as Problem)], "zh-CN");
  expect(exitCodeOf(lines)).toBe(0);
  expect(toText(lines, "zh-CN")[0]).toBe("✓ 一切正常：1 条提示，1 项正常");
  expect(lines[0]).toMatchObject({ kind: "sidecar_outdated", state: "note" });
});

test("it exits with 0 if all is well, 1 with a warning and 2 with a failure, which comes first", () => {
  const findings = [
    ok("clock_ok", { now: "noon" }),
    warn("folder_open"),
    fail("setting_wrong", { faults: "X" }, "fix"),
  ];
  const lines = (count: number) => toLines(findings.slice(0, count), "en");

  expect([1, 2, 3].map((count) => exitCodeOf(lines(count)))).toEqual([0, 1, 2]);
  expect(toText(lines(3), "en")).toEqual([
    "✗ Something is broken: 1 failed, 1 to look at, 1 passed",
    "",
    "✗ FAIL  Wrong settings: X",
    "    Cause: The service refuses to start.",
    "    Fix: Correct them as .env.example says; the command comments them out.",
    "      fix",
    "! warn  {path} has mode {mode}",
    "    Cause: Other users can enter it.",
    "    Fix: Restrict it.",
    "✓ ok  The clock is plausible: noon",
  ]);
});

test("a check that throws does not keep the others from running", async () => {
  const root = newRoot();
  const environment = configure(root, { ASTRBOT_CMD_CONFIG_PATH: `${root}/${"x".repeat(300)}` });

  const kinds = await kindsOf(environment);

  expect(kinds).toContain("memory_ok");
  expect(existsSync(join(root, "data"))).toBe(false);
});
