import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PONG, replyJson, startFakeGateway } from "@test/support/fake-gateway.ts";
import { fixture } from "@test/support/fixtures.ts";
import { startService } from "../real/service.ts";
import { createChecks } from "./checks.ts";
import { startBrowser } from "./chromium.ts";
import { type Look, openContext } from "./look.ts";

const astrbotConfig = await Bun.file(fixture("astrbot/cmd_config_v4_sources.json")).text();

type Service = Pick<Awaited<ReturnType<typeof startService>>, "url" | "apiToken">;

export const logInTo = async ({ url, apiToken }: Service): Promise<string> => {
  const answer = await fetch(`${url}/web/login`, {
    method: "POST",
    redirect: "manual",
    headers: { origin: url },
    body: new URLSearchParams({ token: apiToken }),
  });
  return answer.headers.get("set-cookie")?.split(";")[0] ?? "";
};

/** Takes the steps of a first run, by the buttons of its page. */
export const settle = async (service: Service): Promise<void> => {
  const headers = { origin: service.url, cookie: await logInTo(service) };
  for (const path of ["/web/gateway/probe", "/web/gateway/check", "/web/codex/check", "/web/models/pull-astr"]) {
    await fetch(service.url + path, { method: "POST", redirect: "manual", headers });
  }
  await (await fetch(`${service.url}/web/status`, { headers })).arrayBuffer();
};

/** The real service with a stand-in Codex and gateway, and a real browser to look at it. */
export const openStage = async () => {
  const { browser, stop: stopBrowser } = await startBrowser();
  const gateway = await startFakeGateway(({ socket }) => void socket.end(replyJson(200, PONG)));
  const files = join(import.meta.dir, "../../screenshots/.files");
  mkdirSync(files, { recursive: true });
  const configPath = join(files, "cmd_config.json");
  writeFileSync(configPath, astrbotConfig);
  const service = await startService({
    OPENCLAW_GATEWAY_URL: gateway.url,
    OPENCLAW_GATEWAY_TOKEN: "web-test-token-of-the-gateway",
    EXECUTOR_CODEX_BIN: fixture("bin/codex-live"),
    EXECUTOR_KILL_GRACE_SECONDS: "1",
    EXECUTOR_MAX_TASK_CHARS: "100000",
    ASTRBOT_CMD_CONFIG_PATH: configPath,
  });

  const logIn = () => logInTo(service);
  await settle(service);

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
    openAt: (origin: string, look: Look, cookie = "") => openContext(browser, origin, look, cookie),
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
