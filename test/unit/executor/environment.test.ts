import { expect, test } from "bun:test";
import { childEnvironment } from "@/executor/environment.ts";

test("a child gets what is on the list, what the operator adds, and never a secret of ours", () => {
  const environment = {
    PATH: "/bin",
    CODEX_HOME: "/codex",
    MY_KEY: "model key",
    BACKEND_API_TOKEN: "ours",
    OPENCLAW_GATEWAY_TOKEN: "ours too",
    AWS_SECRET_ACCESS_KEY: "not asked for",
  };
  expect(childEnvironment(environment, ["MY_KEY", "ABSENT", "BACKEND_API_TOKEN", "OPENCLAW_GATEWAY_TOKEN"])).toEqual({
    PATH: "/bin",
    CODEX_HOME: "/codex",
    MY_KEY: "model key",
  });
});
