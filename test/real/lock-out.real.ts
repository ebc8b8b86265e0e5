import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type FakeModelServer, startFakeModelServer } from "@test/support/fake-model-server.ts";
import { clientOf, probe, withService } from "./gateway-client.ts";
import { startOpenclawGateway } from "./openclaw-gateway.ts";
import { canMakeNetworks, createOwnNetwork } from "./own-network.ts";
import { openclawVersions } from "./peers.ts";
import { newToken } from "./service.ts";

const token = newToken();
const hasNetworks = canMakeNetworks();
const locksOut = (version: string) => version !== "2026.2.9" && hasNetworks;

/**
 * Seen from another host, as from outside its container: there 2026.9.6 locks an address out for five minutes after ten
 * wrong tokens within one, the right token included. Without the right to make networks, from the loopback.
 */
describe.each([...openclawVersions])("OpenClaw %s does not lock us out:", (version) => {
  let network: ReturnType<typeof createOwnNetwork> | undefined;
  let model: FakeModelServer;
  let gateway: Awaited<ReturnType<typeof startOpenclawGateway>>;
  let url: string;

  beforeAll(async () => {
    model = startFakeModelServer();
    network = hasNetworks ? createOwnNetwork() : undefined;
    const place = network && { bind: "lan" as const, host: network.address, within: network.within };
    gateway = await startOpenclawGateway({ version, token, modelUrl: model.url, ...place });
    url = gateway.url;
  });

  afterAll(async () => {
    await gateway?.stop();
    await model?.stop();
    network?.remove();
  });

  test("a thousand probes are all answered, and ask nothing of the model", async () => {
    const client = clientOf(url, token);
    const outcomes: string[] = [];
    const probeInTurn = async () => {
      while (outcomes.length < 1000) outcomes.push(await client.detail());
    };
    await Promise.all(Array.from({ length: 8 }, probeInTurn));

    expect(new Set(outcomes)).toEqual(new Set([""]));
    expect(model.requests()).toEqual([]);
  });

  test("a service with a wrong token, looked at and used without a pause, does not spoil the right one", async () => {
    await withService({ url, token: newToken() }, async (service) => {
      expect((await service.checkedProbe()).error_type).toBe("auth_failed");
      const use = async (path: string, init: RequestInit = {}) => {
        const headers = { authorization: `Bearer ${service.apiToken}`, "content-type": "application/json" };
        return (await fetch(`${service.url}${path}`, { headers, ...init })).status;
      };
      for (let round = 0; round < 30; round++) {
        await use("/web/status");
        expect(await use("/api/v1/responses", { method: "POST", body: '{"input":"hello"}' })).toBeOneOf([401, 503]);
        await use("/api/v1/gateway/check", { method: "POST" });
      }
    });

    expect(await probe({ url, token })).toMatchObject({ ok: true });
  });

  test.if(locksOut(version))("a lock-out of somebody else's making is told apart", async () => {
    for (let attempt = 0; attempt < 11; attempt++) await clientOf(url, newToken()).detail();

    expect(await probe({ url, token })).toMatchObject({
      ok: false,
      status_code: 429,
      error_type: "auth_failed",
      detail: "rate_limited",
    });
  });
});
