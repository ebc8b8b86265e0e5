import { describe, expect, test } from "bun:test";
import { fixture } from "@test/support/fixtures.ts";
import { checkAstrbot } from "@/doctor/astrbot.ts";
import type { DoctorContext } from "@/doctor/context.ts";
import { systemClock } from "@/lib/clock.ts";

const findingsFor = async (name: string) => {
  const astrbot = { cmdConfigPath: fixture(`astrbot/${name}`), pullMode: "cmd_config_only", requireEnabled: true };
  const context = { config: { astrbot, home: "/nowhere" }, clock: systemClock, envPath: "/nowhere/.env" };
  return (await checkAstrbot(context as unknown as DoctorContext)).flatMap((found) => found || []);
};

describe("the doctor names what AstrBot itself cannot use", () => {
  test("addresses, with their rows", async () => {
    const findings = await findingsFor("odd_urls.json");
    expect(findings.map(({ kind, state }) => [kind, state])).toEqual([
      ["astrbot_ok", "ok"],
      ["astrbot_doubts", "warn"],
    ]);
    const { seen, cause, fix } = findings[1]?.describe("zh-CN") ?? {};
    expect(seen).toContain("3 处问题");
    expect(seen).toContain("noscheme/deepseek-chat：地址缺少 http:// 或 https://");
    expect([cause, fix]).not.toContain("");
    expect(findings[1]?.describe("en").seen).toContain("fullwidth/m: the address has full-width characters");
  });

  test("an outside agent, and its missing provider", async () => {
    expect((await findingsFor("runner_v428_coze.json")).map(({ kind }) => kind)).toEqual([
      "astrbot_ok",
      "astrbot_runner",
    ]);
    const findings = await findingsFor("runner_v423_deerflow_gone.json");
    expect(findings.map(({ kind }) => kind)).toEqual(["astrbot_ok", "astrbot_runner", "astrbot_doubts"]);
    expect(findings[1]?.describe("en").seen).toContain("DeerFlow");
  });

  test("three at most, without keys", async () => {
    const seen = (await findingsFor("odd_urls_typed.json"))[1]?.describe("en").seen ?? "";
    expect(seen).toContain("18 mistakes");
    expect(seen.match(/not stored/g)).toHaveLength(3);
    expect(await findingsFor("public_names.json")).toHaveLength(1);
  });
});
