import { expect, test } from "bun:test";
import { startFakeModelServer } from "@test/support/fake-model-server.ts";
import { startOpenclawGateway } from "./openclaw-gateway.ts";
import { newToken } from "./service.ts";

const TEST_TIMEOUT_MS = 180_000;

/** A gateway that is left alone, and its model. */
const startIdle = async (agentDefaults?: Record<string, unknown>) => {
  const model = startFakeModelServer();
  const gateway = await startOpenclawGateway({
    version: "2026.2.9",
    token: newToken(),
    modelUrl: model.url,
    ...(agentDefaults && { agentDefaults }),
  });
  return {
    model,
    async stop() {
      await gateway.stop();
      await model.stop();
    },
  };
};

// 2026.9.6 takes the setting too; by itself it asked nothing in four minutes at a beat of one minute.
test(
  "left alone with the sidecar's configuration OpenClaw asks nothing of the model; with a heartbeat it would",
  async () => {
    const [ours, beating] = await Promise.all([startIdle(), startIdle({ heartbeat: { every: "15s" } })]);
    try {
      await beating.model.received(({ turn: { prompt } }) => prompt.includes("HEARTBEAT"));

      expect(ours.model.requests()).toEqual([]);
    } finally {
      await Promise.all([ours.stop(), beating.stop()]);
    }
  },
  TEST_TIMEOUT_MS,
);
