import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { peersCache } from "./peers.ts";
import { createScratch } from "./program.ts";

export const codexConfig = (modelUrl: string): string => `model = "fake-1"
model_provider = "fake"

[model_providers.fake]
name = "fake"
base_url = "${modelUrl}"
wire_api = "responses"
env_key = "FAKE_KEY"
`;

/** A home for Codex whose model is the fake one; outside the system's temporary folder, as Codex wants it. */
export const createCodexHome = (modelUrl: string) => {
  const cache = peersCache(process.env);
  mkdirSync(cache, { recursive: true });
  const scratch = createScratch(cache);
  writeFileSync(join(scratch.folder, "config.toml"), codexConfig(modelUrl));
  return scratch;
};
