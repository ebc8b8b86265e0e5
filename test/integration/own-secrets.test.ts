import { expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { API_TOKEN, createTestApp, newRoot, readJson } from "@test/support/app.ts";
import { PONG, replyJson, startFakeGateway } from "@test/support/fake-gateway.ts";
import { GATEWAY_TOKEN, startRelay } from "@test/support/relay.ts";
import { createUnavailableApp } from "@/app.ts";
import { createOwnMask } from "@/executor/redact.ts";
import { createLogger } from "@/lib/logger.ts";

const BACKUP_TOKEN = "backup-token-9876543210";
const SECRETS = [API_TOKEN, GATEWAY_TOKEN, BACKUP_TOKEN];
/** As a secret may stand in a header or a path. */
const formsOf = (secret: string): string[] => [
  secret,
  `trace-${secret}-1`,
  Buffer.from(secret).toString("hex"),
  Buffer.from(secret).toString("hex").toUpperCase(),
  Buffer.from(`x:${secret}`).toString("base64url"),
];
const forms = SECRETS.flatMap(formsOf);
const env = {
  OPENCLAW_GATEWAY_TOKEN: GATEWAY_TOKEN,
  OPENCLAW_GATEWAY_BACKUP_URL: "http://127.0.0.1:9",
  OPENCLAW_GATEWAY_BACKUP_TOKEN: BACKUP_TOKEN,
};
const isClean = (text: string) => forms.every((form) => !text.includes(form));

/** Every file of the service's: log, audit, database, journals. */
const filesIn = (folder: string): string =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), "latin1"))
    .join("\n");

test("a trace id, a path, a Host or another header that holds a secret of ours is never written or answered", async () => {
  const root = newRoot();
  const logger = createLogger({ path: join(root, "backend.log"), mask: createOwnMask(SECRETS) });
  const app = createTestApp({ root, logger, env });

  for (const form of forms) {
    const headers = { "x-trace-id": form, "user-agent": form, traceparent: form, "x-request-id": form, referer: form };
    const answers = [
      await app.api("/executor/jobs", { task: "hello", cwd: "/tmp" }, { headers }),
      await app.api("/models/import-astr", { providers: [{ id: "a", model: "b" }] }, { headers }),
      await app.request(`/api/v1/executor/jobs/${form}`, { headers }),
      await app.request(`/${"x".repeat(220)}${form}`, { headers }),
      await app.request("/nope", { headers: { ...headers, host: form } }),
      await app.request("/web/status", { headers }),
    ];
    for (const answer of answers) {
      expect(answer.headers.get("x-trace-id")).toMatch(/^[0-9a-f]{12}$/);
      expect(isClean(JSON.stringify(answer.headers) + (await answer.text()))).toBe(true);
    }
  }
  await app.stop();

  expect(existsSync(join(root, "backend.log"))).toBe(true);
  expect(isClean(filesIn(root))).toBe(true);
});

test("neither before it serves nor while it stops", async () => {
  const redact = createOwnMask(SECRETS);
  const app = createUnavailableApp({ allowedHosts: new Set(["x"]), boundHost: "x", redact, reason: "starting" });
  const answer = await app.request("http://x/", { headers: { host: "x", "x-trace-id": API_TOKEN } });
  expect(answer.headers.get("x-trace-id")).toMatch(/^[0-9a-f]{12}$/);
});

test("an idempotency key that holds a secret of ours is refused", async () => {
  const app = createTestApp({ env });
  const headers = { "idempotency-key": `key-${GATEWAY_TOKEN}` };
  const answer = await app.api("/executor/jobs", { task: "hello", cwd: "/tmp" }, { headers });
  expect([answer.status, (await readJson(answer)).error_code]).toEqual([400, "idempotency_key_invalid"]);
});

test("a header that the relay passes on holds none, either way", async () => {
  await using gateway = await startFakeGateway(({ socket }) =>
    socket.write(replyJson(200, PONG, `X-Request-Id: ${forms[seen++]}`, "Retry-After: 1")),
  );
  let seen = 0;
  await using relay = startRelay({ gateway, env });

  for (const form of forms) {
    const answer = await relay.turn(undefined, { headers: { "x-openclaw-session-key": form, accept: form } });
    expect(answer.status).toBe(200);
    expect(answer.headers.get("x-request-id")).toContain("********");
    expect(isClean(JSON.stringify(answer.headers))).toBe(true);
  }

  expect(gateway.requests).toHaveLength(forms.length);
  for (const { headers } of gateway.requests) {
    headers.delete("authorization");
    expect(isClean(JSON.stringify(headers))).toBe(true);
  }
});

test("nor does what a gateway answers, where it is shown or written", async () => {
  for (const form of forms) {
    await using gateway = await startFakeGateway(({ socket }) =>
      socket.write(replyJson(500, { error: { message: form, type: form, code: form } }, `WWW-Authenticate: ${form}`)),
    );
    await using relay = startRelay({ gateway, env });
    await relay.turn();
    expect(isClean(JSON.stringify(relay.view()))).toBe(true);
    expect(isClean(JSON.stringify(relay.auditRecords()))).toBe(true);
  }
});
