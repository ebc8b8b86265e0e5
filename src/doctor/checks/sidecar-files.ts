import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { DoctorContext } from "../context.ts";
import { type Finding, found } from "../finding.ts";
import { quote } from "../shell.ts";

const COMPOSE_FILE = "openclaw_sidecar.compose.yml";
const CONFIG_FILE = "openclaw_sidecar.config.json5";

const Compose = z.object({
  services: z.object({ openclaw: z.object({ ports: z._default(z.array(z.string()), []) }) }),
});
const Sidecar = z.object({
  gateway: z.object({
    http: z.object({ endpoints: z.object({ responses: z.object({ enabled: z.boolean() }) }) }),
  }),
});

/** The two files that the gateway is started with. */
export const checkSidecarFiles = (context: DoctorContext): Finding[] => {
  const { root } = context.config;
  const compose = parse(join(root, COMPOSE_FILE), Bun.YAML.parse, Compose);
  const sidecar = parse(join(root, CONFIG_FILE), Bun.JSON5.parse, Sidecar);
  const findings = [...composeFindings(root, compose), ...configFindings(root, sidecar)];
  return findings.length > 0 ? findings : [found("sidecar_files_ok", { files: `${COMPOSE_FILE} ${CONFIG_FILE}` })];
};

const composeFindings = (root: string, compose: z.infer<typeof Compose> | undefined): Finding[] => {
  const path = join(root, COMPOSE_FILE);
  if (!compose) return [broken(root, COMPOSE_FILE)];
  const open = compose.services.openclaw.ports.filter((port) => !/^(?:127\.0\.0\.1|\[::1\]):/.test(port));
  const command = `sed -i -E 's/^( *- *"?)(0\\.0\\.0\\.0:)?([0-9]+:18789)/\\1127.0.0.1:\\3/' ${quote(path)}`;
  return open.length > 0 ? [found("compose_open", { path, ports: open.join(", ") }, command)] : [];
};

const configFindings = (root: string, sidecar: z.infer<typeof Sidecar> | undefined): Finding[] => {
  const path = join(root, CONFIG_FILE);
  if (!sidecar) return [broken(root, CONFIG_FILE)];
  const command = `sed -i -E 's/(responses: *\\{ *enabled: *)false/\\1true/' ${quote(path)} && docker compose -f ${COMPOSE_FILE} restart`;
  return sidecar.gateway.http.endpoints.responses.enabled ? [] : [found("sidecar_endpoint_off", { path }, command)];
};

const broken = (root: string, file: string): Finding => {
  const path = join(root, file);
  const kind = existsSync(path) ? "sidecar_file_broken" : "sidecar_file_missing";
  return found(kind, { path }, `git -C ${quote(root)} checkout -- ${file}`);
};

/** undefined for a file that is missing, or not what it should be. */
const parse = <Shape>(path: string, read: (text: string) => unknown, shape: z.ZodType<Shape>): Shape | undefined => {
  try {
    return shape.safeParse(read(readFileSync(path, "utf8"))).data;
  } catch {
    return undefined;
  }
};
