import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { z } from "zod";

const PROJECT_ROOT = resolve(import.meta.dir, "../..");
export const composePath = resolve(PROJECT_ROOT, "openclaw_sidecar.compose.yml");
export const sidecarConfigPath = resolve(PROJECT_ROOT, "openclaw_sidecar.config.json5");

const Service = z.looseObject({
  image: z.string(),
  entrypoint: z.array(z.string()),
  command: z.array(z.string()),
  environment: z.record(z.string(), z.string()),
  ports: z.array(z.string()),
  volumes: z.array(z.union([z.string(), z.object({ source: z.string(), target: z.string() }).loose()])),
  healthcheck: z.looseObject({ test: z.array(z.string()) }),
});
export type SidecarService = z.infer<typeof Service>;

/** The compose file as it is written, before any variable is filled in. */
export const readComposeFile = (): unknown => Bun.YAML.parse(readFileSync(composePath, "utf8"));

/** The sidecar as `docker compose` would run it with these variables. */
export const readSidecar = (variables: Record<string, string>): SidecarService =>
  z.object({ services: z.object({ "openclaw-gateway": Service }) }).parse(interpolate(readComposeFile(), variables))
    .services["openclaw-gateway"];

/** Compose's own rules, as far as the file uses them: `$$`, `${NAME:-default}` and `${NAME:?message}`. */
const interpolate = (value: unknown, variables: Record<string, string>): unknown => {
  if (typeof value === "string") {
    return value.replace(/\$(?:(\$)|\{(\w+):([-?])([^}]*)\})/g, (_, dollar, name, operator, text) => {
      if (dollar) return "$";
      const set = variables[name];
      if (!set && operator === "?") throw new Error(text);
      return set || text;
    });
  }
  if (Array.isArray(value)) return value.map((entry) => interpolate(entry, variables));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, interpolate(entry, variables)]));
};
