import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { sidecarConfigPath } from "@test/support/compose-file.ts";
import { z } from "zod";
import { ensurePeer, openclawPeer, openclawProgram } from "./peers.ts";
import { createScratch, freePort, startProgram, until } from "./program.ts";

interface GatewayOptions {
  version: string;
  /** The version of Node for one that is not pinned. */
  node?: string;
  token: string;
  /** That of an earlier gateway; a free one without it. */
  port?: number;
  /** The base URL of the fake model server. */
  modelUrl: string;
  responsesEnabled?: boolean;
  /** Reached from outside the loopback too, where wrong tokens lock out. */
  bind?: "loopback" | "lan";
  /** Beside and before the sidecar's own `agents.defaults`. */
  agentDefaults?: Record<string, unknown>;
  /** For a network of its own: its address there, and what goes before the command line. */
  host?: string;
  within?: string[];
}

const SidecarConfig = z.looseObject({
  gateway: z.looseObject({ http: z.looseObject({ endpoints: z.looseObject({}) }) }),
  agents: z.looseObject({ defaults: z.looseObject({}) }),
});

/** The real gateway with the sidecar's own configuration, on a free loopback port, its model being the fake one. */
export const startOpenclawGateway = async (options: GatewayOptions) => {
  const gateway = await launchOpenclawGateway(options);
  await until(() => isListening(gateway.url), gateway.program);
  return gateway;
};

/** The same, not waiting until it listens. */
export const launchOpenclawGateway = async (options: GatewayOptions) => {
  const { version, token, modelUrl, responsesEnabled = true, bind = "loopback", agentDefaults } = options;
  const { host = "127.0.0.1", within = [] } = options;
  const { node, entry } = openclawProgram(await ensurePeer(openclawPeer(version, options.node)));
  const scratch = createScratch();
  const port = options.port ?? (await freePort());
  const configPath = join(scratch.folder, "openclaw.json5");
  writeFileSync(
    configPath,
    JSON.stringify(
      configFor({
        port,
        bind,
        modelUrl,
        responsesEnabled,
        agentDefaults,
        logPath: join(scratch.folder, "openclaw.log"),
      }),
    ),
  );
  mkdirSync(join(scratch.folder, "home"));

  const program = startProgram({
    argv: [...within, node, entry, "gateway"],
    cwd: scratch.folder,
    env: {
      PATH: `${dirname(node)}:${process.env.PATH}`,
      HOME: join(scratch.folder, "home"),
      OPENCLAW_STATE_DIR: join(scratch.folder, "state"),
      OPENCLAW_CONFIG_PATH: configPath,
      OPENCLAW_WORKSPACE_DIR: join(scratch.folder, "workspace"),
      OPENCLAW_GATEWAY_TOKEN: token,
    },
  });
  const url = `http://${host}:${port}`;
  return {
    url,
    port,
    program,
    async stop() {
      await program.stop();
      scratch.remove();
    },
  };
};

/** True once anything but "still starting" is answered. */
export const isListening = (url: string): Promise<boolean> =>
  fetch(`${url}/v1/responses`, { method: "POST" }).then(
    ({ status }) => status !== 503,
    () => false,
  );

interface ConfigSettings {
  port: number;
  bind: string;
  modelUrl: string;
  responsesEnabled: boolean;
  agentDefaults: Record<string, unknown> | undefined;
  logPath: string;
}

const configFor = ({ port, bind, modelUrl, responsesEnabled, agentDefaults, logPath }: ConfigSettings) => {
  const { gateway, agents } = SidecarConfig.parse(Bun.JSON5.parse(readFileSync(sidecarConfigPath, "utf8")));
  const endpoints = { ...gateway.http.endpoints, responses: { enabled: responsesEnabled } };
  return {
    gateway: { ...gateway, bind, port, http: { ...gateway.http, endpoints } },
    agents: { ...agents, defaults: { ...agents.defaults, model: { primary: "fake/fake-1" }, ...agentDefaults } },
    models: { providers: { fake: fakeProvider(modelUrl) } },
    logging: { file: logPath },
  };
};

/** The fake model server, in the gateway's own words. */
export const fakeProvider = (baseUrl: string) => ({
  baseUrl,
  apiKey: "fake-key",
  api: "openai-responses",
  models: [
    {
      id: "fake-1",
      name: "fake-1",
      reasoning: false,
      input: ["text"],
      cost: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 },
      contextWindow: 200_000,
      maxTokens: 8192,
    },
  ],
});
