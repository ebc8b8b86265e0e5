import { expect, test } from "bun:test";
import { join } from "node:path";
import { startFakeModelServer } from "@test/support/fake-model-server.ts";
import { z } from "zod";
import { startOpenclawGateway } from "./openclaw-gateway.ts";
import { until } from "./program.ts";
import { newToken, startService } from "./service.ts";

/** The shortest that the service accepts; in a hastened service, six seconds. */
const WATCH_SECONDS = 60;
const HASTEN = join(import.meta.dir, "preload/hasten.ts");
const Message = z.object({ type: z.string(), data: z.object({ id: z.uuid(), problem: z.string() }) });

test("a gateway that stopped and started again is two messages, not more", async () => {
  const received: z.output<typeof Message>[] = [];
  const hook = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    async fetch(request) {
      received.push(Message.parse(await request.json()));
      return new Response();
    },
  });
  const token = newToken();
  const model = startFakeModelServer();
  const start = (port?: number) =>
    startOpenclawGateway({ version: "2026.2.9", token, modelUrl: model.url, ...(port && { port }) });
  let gateway = await start();
  const service = await startService(
    {
      WATCH_SECONDS: String(WATCH_SECONDS),
      NOTIFY_WEBHOOK_URL: `http://127.0.0.1:${hook.port}/hook`,
      OPENCLAW_GATEWAY_URL: gateway.url,
      OPENCLAW_GATEWAY_TOKEN: token,
    },
    { preload: [HASTEN] },
  );
  const ofGateway = () => received.filter(({ data }) => data.problem.startsWith("gateway_"));
  try {
    expect(await service.checkedProbe()).toMatchObject({ ok: true });
    await gateway.stop();
    await until(() => ofGateway().length > 0);

    gateway = await start(gateway.port);
    await until(() => ofGateway().length > 1);
    // As long as a third would take.
    await Bun.sleep((5 * WATCH_SECONDS * 1000) / 10);

    expect(ofGateway().map(({ type }) => type)).toEqual(["problem", "problem_over"]);
    expect(new Set(received.map(({ data }) => data.id)).size).toBe(received.length);
  } finally {
    await service.stop();
    await gateway.stop();
    await model.stop();
    await hook.stop(true);
  }
}, 300_000);
