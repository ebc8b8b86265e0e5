import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startFakeGateway } from "@test/support/fake-gateway.ts";
import { fixture } from "@test/support/fixtures.ts";
import { startService } from "../real/service.ts";
import { createChecks } from "./checks.ts";
import { startBrowser } from "./chromium.ts";
import { type Look, openContext } from "./look.ts";

const astrbotConfig = await Bun.file(fixture("astrbot/cmd_config_v4_sources.json")).text();

/** The real service with a stand-in Codex and gateway, and a real browser to look at it. */
export const openStage = async () => {
  const { browser, stop: stopBrowser } = await startBrowser();
  const gateway = await startFakeGateway(() => {});
  const files = join(import.meta.dir, "../../screenshots/.files");
  mkdirSync(files, { recursive: true });
  const configPath = join(files, "cmd_config.json");
  writeFileSync(configPath, astrbotConfig);
  const service = await startService({
    OPENCLAW_GATEWAY_URL: gateway.url,
    OPENCLAW_GATEWAY_TOKEN: "web-test-token-of-the-gateway",
    EXECUTOR_CODEX_BIN: fixture("bin/codex-live"),
    EXECUTOR_KILL_GRACE_SECONDS: "1",
    ASTRBOT_CMD_CONFIG_PATH: configPath,
  });

  const logIn = async (): Promise<string> => {
    const answer = await fetch(`${service.url}/web/login`, {
      method: "POST",
      redirect: "manual",
      headers: { origin: service.url },
      body: new URLSearchParams({ token: service.apiToken }),
    });
    return answer.headers.get("set-cookie")?.split(";")[0] ?? "";
  };

  return {
    ...createChecks(),
    service,
    configPath,
    logIn,
    /** A browser window of this kind; a guest's unless logged in. */
    async open(look: Look, { member = true } = {}) {
      return openContext(browser, service.url, look, member ? await logIn() : "");
    },
    /** The same at another service. */
    openAt: (origin: string, look: Look) => openContext(browser, origin, look),
    async close() {
      await stopBrowser();
      await service.stop();
      await gateway[Symbol.asyncDispose]();
    },
  };
};

export type Stage = Awaited<ReturnType<typeof openStage>>;
/** What one file of this folder shows to hold. */
export type Suite = (stage: Stage) => Promise<void>;
