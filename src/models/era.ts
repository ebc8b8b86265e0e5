import { isObject } from "./record.ts";

/** By the shape of the file, since `config_version` does not tell. */
export const eraOf = (json: unknown): string => {
  if (!isObject(json)) return "?";
  if (isObject(json.agent_runner) && json.provider_sources !== undefined) return ">= 4.28";
  if (json.provider_sources !== undefined) return "4.10 - 4.27";
  if (json.provider !== undefined) return "3.4 - 4.9";
  return json.llm === undefined ? "?" : "<= 3.3";
};
