import { describe, expect, test } from "bun:test";
import { openclawVersions } from "@test/real/peers.ts";
import { createVersionReader, isBelow, toSidecarView, UPGRADE_TO } from "@/gateway/sidecar.ts";
import { createGateway, listenHttp } from "./harness.ts";

test.each([
  ["2026.2.9", true],
  ["2025.12.31", true],
  ["2026.2.14-beta.1", true],
  ["2026.2.14", false],
  ["2026.2.14-1", false],
  ["2026.2.15", false],
  ["2026.10.1", false],
  ["latest", null],
  ["", null],
])("%p is below 2026.2.14: %p", (version, below) => {
  expect(isBelow(version, "2026.2.14")).toBe(below);
});

describe("the version of the running gateway", () => {
  const seen = async (answer: () => Response) => {
    using server = listenHttp(answer);
    const reader = createVersionReader({
      client: createGateway(server).client,
      pinnedVersion: "2026.2.9",
      startup: () => null,
    });
    await reader.refresh(true, new AbortController().signal);
    return reader.view();
  };

  test("is what it says of itself", async () => {
    expect(await seen(() => Response.json({ serverVersion: "2026.9.6" }))).toMatchObject({
      pinned_version: "2026.2.9",
      running_version: "2026.9.6",
      version: "2026.9.6",
      version_source: "gateway",
      below_advisories: false,
    });
  });

  test.each([
    ["its web app, as 2026.2.9", () => new Response("<html>", { headers: { "Content-Type": "text/html" } })],
    ["no access", () => Response.json({ serverVersion: "2026.9.6" }, { status: 401 })],
    ["markup for a version", () => Response.json({ serverVersion: "<b>9</b>" })],
    ["a redirect", () => Response.redirect("http://127.0.0.1:1/")],
  ])("is not known from %s: the pin is shown, as the pin", async (_name, answer) => {
    expect(await seen(answer)).toMatchObject({
      running_version: null,
      version: "2026.2.9",
      version_source: "pin",
      below_advisories: true,
    });
  });
});

test("who upgrades is sent to a version that the suites run, past the advisories", () => {
  expect<readonly string[]>(openclawVersions).toContain(UPGRADE_TO);
  expect(toSidecarView(UPGRADE_TO, null, null).below_advisories).toBe(false);
});
