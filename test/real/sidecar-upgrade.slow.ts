import { afterAll, beforeAll, expect, test } from "bun:test";
import { cpSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type FakeModelServer, startFakeModelServer } from "@test/support/fake-model-server.ts";
import { fakeProvider } from "./openclaw-gateway.ts";
import { type OpenclawVersion, openclawVersions } from "./peers.ts";
import { createScratch } from "./program.ts";
import { newToken } from "./service.ts";
import { startSidecar } from "./sidecar.ts";

const token = newToken();
const volume = createScratch();
const [pinned, newest] = openclawVersions;
let model: FakeModelServer;

beforeAll(() => {
  model = startFakeModelServer();
});

afterAll(async () => {
  await model?.stop();
  volume.remove();
});

/** One version's whole life on the kept data folder: the health check, and a turn of the same user. */
const live = async (version: OpenclawVersion, input: string) => {
  const config = {
    models: { providers: { fake: fakeProvider(model.url) } },
    agents: { defaults: { model: { primary: "fake/fake-1" } } },
  };
  const sidecar = await startSidecar({ volume: volume.folder, version, token, config });
  try {
    const health = sidecar.healthCheck();
    const seenBefore = model.requests().length;
    const answer = await fetch(`${sidecar.url}/v1/responses`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify({ model: "openclaw:main", user: "upgrade-test", input }),
    });
    const told = JSON.stringify(
      model
        .requests()
        .slice(seenBefore)
        .map(({ body }) => body),
    );
    // A command of 2026.2.9 leaves a device's identity, which 2026.9.6 does not take over.
    const cron = version === newest ? sidecar.ask("cron", "status", "--json") : "";
    return { health, status: answer.status, text: await answer.text(), told, cron };
  } finally {
    await sidecar.stop();
  }
};

test("OPENCLAW_VERSION goes up and back down on one data folder; the way back needs the copy for its conversations", async () => {
  const first = await live(pinned, "[[say:first answer]]");
  expect(first).toMatchObject({ health: 0, status: 200, text: expect.stringContaining("first answer") });
  const state = join(volume.folder, "state");
  const copy = join(volume.folder, `state.before-${newest}`);
  cpSync(state, copy, { recursive: true });

  const second = await live(newest, "[[say:second answer]]");
  expect(second).toMatchObject({ health: 0, status: 200, text: expect.stringContaining("second answer") });
  expect(second.told).toContain("first answer");
  // Its own daily and weekly jobs would spend tokens.
  expect(JSON.parse(second.cron)).toMatchObject({ enabled: false, nextWakeAtMs: null });

  const third = await live(pinned, "[[say:third answer]]");
  expect(third).toMatchObject({ health: 0, status: 200, text: expect.stringContaining("third answer") });
  expect(third.told).not.toContain("first answer");
  expect(third.told).not.toContain("second answer");

  rmSync(state, { recursive: true });
  renameSync(copy, state);
  const fourth = await live(pinned, "[[say:fourth answer]]");
  expect(fourth).toMatchObject({ health: 0, status: 200, text: expect.stringContaining("fourth answer") });
  expect(fourth.told).toContain("first answer");

  expect(readdirSync(join(volume.folder, "releases")).toSorted()).toEqual([pinned, newest]);
}, 240_000);
