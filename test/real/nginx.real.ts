import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { COMPLETED, CREATED, delta, END_MARK, STREAM_HEAD, startFakeGateway } from "@test/support/fake-gateway.ts";
import { fixture } from "@test/support/fixtures.ts";
import { probe } from "./gateway-client.ts";
import { ensureNginx, startNginx } from "./nginx.ts";
import { freePort } from "./program.ts";
import { newToken, type Service, startService } from "./service.ts";

const hasNginx = ensureNginx();

/** Each next thing happens only when the one before has come through: a proxy that holds back never sees the end. */
describe.skipIf(!hasNginx)("behind nginx with its default settings", () => {
  let gateway: Awaited<ReturnType<typeof startFakeGateway>>;
  let service: Service;
  let nginx: Awaited<ReturnType<typeof startNginx>>;

  beforeAll(async () => {
    gateway = await startFakeGateway(({ socket }) => socket.write(STREAM_HEAD + CREATED));
    service = await startService({
      OPENCLAW_GATEWAY_URL: gateway.url,
      OPENCLAW_GATEWAY_TOKEN: newToken(),
      EXECUTOR_CODEX_BIN: fixture("bin/codex-live"),
    });
    nginx = await startNginx(service.url);
  });

  afterAll(async () => {
    await nginx?.stop();
    await service?.stop();
    await gateway?.[Symbol.asyncDispose]();
  });

  const open = async (path: string, init: RequestInit = {}) => {
    const headers = {
      authorization: `Bearer ${service.apiToken}`,
      "content-type": "application/json",
      "accept-encoding": "gzip, br",
    };
    const response = await fetch(`${nginx.url}${path}`, { ...init, headers });
    expect([response.status, response.headers.get("content-encoding")]).toEqual([200, null]);
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    /** All that has come, once it contains `part`. */
    return async (part: string) => {
      while (!text.includes(part)) {
        const { value, done } = (await reader?.read()) ?? { done: true };
        if (done) throw new Error(`ended before ${part}: ${text}`);
        text += value;
      }
      return text;
    };
  };

  test("a job's events arrive as they happen", async () => {
    const cwd = join(service.folder, "work");
    mkdirSync(cwd);
    const id = await service.submit({ task: "steps", cwd });
    const until = await open(`/api/v1/executor/jobs/${id}/events`);

    expect(await until("command_started")).not.toContain("command_finished");
    writeFileSync(join(cwd, "step-1"), "");
    expect(await until("file_change")).not.toContain("event: end");
    writeFileSync(join(cwd, "step-2"), "");
    await until("event: end");
  });

  test("a relayed stream arrives as it happens", async () => {
    const until = await open("/api/v1/responses", {
      method: "POST",
      body: JSON.stringify({ model: "openclaw:main", input: "hello", stream: true }),
    });
    const { socket } = await gateway.request(1);

    await until("response.created");
    socket.write(delta("first"));
    expect(await until("first")).not.toContain("response.completed");
    socket.end(COMPLETED + END_MARK);
    await until("[DONE]");
  });

  test("a page's stream begins at once", async () => {
    const until = await open("/web/status/live");

    await until("\n\n");
  });
});

test.skipIf(!hasNginx)("a dead gateway behind nginx is told as such", async () => {
  const nginx = await startNginx(`http://127.0.0.1:${await freePort()}`);
  try {
    expect(await probe({ url: nginx.url, token: newToken() })).toMatchObject({
      status_code: 502,
      error_type: "network_or_unreachable",
      detail: "proxy_down",
    });
  } finally {
    await nginx.stop();
  }
});
