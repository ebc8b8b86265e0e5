import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type FakeModelServer, startFakeModelServer } from "@test/support/fake-model-server.ts";
import { clientOf, probe, withService } from "./gateway-client.ts";
import { launchOpenclawGateway, startOpenclawGateway } from "./openclaw-gateway.ts";
import { openclawVersions } from "./peers.ts";
import { until } from "./program.ts";
import { newToken } from "./service.ts";

const token = newToken();

describe.each([...openclawVersions])("OpenClaw %s:", (version) => {
  let model: FakeModelServer;
  let gateway: Awaited<ReturnType<typeof startOpenclawGateway>>;
  const seenWhileStarting: string[] = [];

  // A start of 2026.9.6 takes 16 s of processor time, its first turn 28 s: every test uses the same gateway.
  beforeAll(async () => {
    model = startFakeModelServer();
    gateway = await launchOpenclawGateway({ version, token, modelUrl: model.url });
    const client = clientOf(gateway.url, token);
    await until(async () => {
      const detail = await client.detail();
      if (seenWhileStarting.at(-1) !== detail) seenWhileStarting.push(detail);
      return detail === "";
    }, gateway.program);
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

  test("its version is told as far as it can be learnt", async () => {
    const { sidecar } = await withService({ url: gateway.url, token }, async (service) => {
      await service.checkedProbe();
      await until(async () => version === "2026.2.9" || (await service.state()).sidecar.running_version !== null);
      return service.state();
    });

    expect(sidecar).toEqual(
      version === "2026.2.9"
        ? { version, running_version: null, version_source: "pin", below_advisories: true }
        : { version, running_version: version, version_source: "gateway", below_advisories: false },
    );
  });

  test("a gateway that starts is told apart from one that is away", () => {
    expect([seenWhileStarting[0], seenWhileStarting.at(-1)]).toEqual(["refused", ""]);
    // How long 2026.9.6 says 503 in between depends on the machine.
    expect(["refused", "reset", "gateway_starting", ""]).toEqual(expect.arrayContaining(seenWhileStarting));
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

  test.if(version !== "2026.2.9")("a gateway that waits for its last turns is told apart", async () => {
    const client = clientOf(gateway.url, token);
    const caller = new AbortController();
    try {
      const body = JSON.stringify({ model: "openclaw:main", input: "[[hang]]" });
      const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
      void fetch(`${gateway.url}/v1/responses`, { method: "POST", headers, body, signal: caller.signal }).catch(
        () => {},
      );
      await model.received(({ turn: { prompt } }) => prompt.includes("[[hang]]"));
      gateway.program.signal("SIGTERM");

      await until(async () => (await client.detail()) !== "");
      expect(await client.detail()).toBe("draining");
    } finally {
      caller.abort();
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
