import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type FakeModelServer, startFakeModelServer } from "@test/support/fake-model-server.ts";
import { startOpenclawGateway } from "./openclaw-gateway.ts";
import { openclawVersions } from "./peers.ts";
import { newToken, type Service, startService } from "./service.ts";

const token = newToken();

/** Each case has a service of its own: one keeps an answer for a while. */
const withService = async <T>(settings: { url: string; token: string }, use: (service: Service) => Promise<T>) => {
  const service = await startService({
    OPENCLAW_GATEWAY_URL: settings.url,
    OPENCLAW_GATEWAY_TOKEN: settings.token,
  });
  try {
    return await use(service);
  } finally {
    await service.stop();
  }
};

const probe = (settings: { url: string; token: string }) => withService(settings, (service) => service.checkedProbe());

describe.each([...openclawVersions])("OpenClaw %s:", (version) => {
  let model: FakeModelServer;
  let gateway: Awaited<ReturnType<typeof startOpenclawGateway>>;

  beforeAll(async () => {
    model = startFakeModelServer();
    gateway = await startOpenclawGateway({ version, token, modelUrl: model.url });
  });

  afterAll(async () => {
    await gateway?.stop();
    await model?.stop();
  });

  test("a gateway that works is found well", async () => {
    expect(await probe({ url: gateway.url, token })).toMatchObject({ ok: true, error_type: "" });
  });

  test("a wrong token is told apart", async () => {
    expect(await probe({ url: gateway.url, token: newToken() })).toMatchObject({
      ok: false,
      status_code: 401,
      error_type: "auth_failed",
    });
  });

  test("a hundred views of the status page ask nothing of the model, where a real turn does", async () => {
    await withService({ url: gateway.url, token }, async (service) => {
      const views = await Promise.all(Array.from({ length: 100 }, () => fetch(`${service.url}/web/status`)));
      expect(views.every((view) => view.status === 200)).toBe(true);
      expect((await service.checkedProbe()).ok).toBe(true);
    });
    expect(model.requests()).toEqual([]);

    const turn = await fetch(`${gateway.url}/v1/responses`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify({ model: "openclaw:main", input: "[[say:a real answer]]" }),
    });
    expect(await turn.text()).toContain("a real answer");
    expect(model.requests()).not.toEqual([]);
  });

  test("a switched-off endpoint is told apart", async () => {
    const withoutEndpoint = await startOpenclawGateway({
      version,
      token,
      modelUrl: model.url,
      responsesEnabled: false,
    });
    try {
      expect(await probe({ url: withoutEndpoint.url, token })).toMatchObject({
        ok: false,
        error_type: "responses_endpoint_not_enabled_or_not_found",
      });
    } finally {
      await withoutEndpoint.stop();
    }
  });

  test("a gateway that has stopped is told apart", async () => {
    await gateway.stop();

    expect(await probe({ url: gateway.url, token })).toMatchObject({
      ok: false,
      status_code: 0,
      error_type: "network_or_unreachable",
    });
  });
});
