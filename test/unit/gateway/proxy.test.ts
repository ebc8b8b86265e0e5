import { expect, test } from "bun:test";
import { join } from "node:path";
import { listenHttp } from "./harness.ts";

const askOnce = join(import.meta.dir, "../../fixtures/gateway/ask-once.ts");

test.each(["http_proxy", "HTTP_PROXY", "ALL_PROXY"])("a proxy in %s never sees our request", async (variable) => {
  using proxy = listenHttp(() => new Response("from the proxy"));
  using gateway = listenHttp(() => new Response("from the gateway"));

  // Bun reads these variables for the whole process, so the client gets one of its own.
  const child = Bun.spawn([process.execPath, "--no-env-file", askOnce, gateway.url], {
    env: { [variable]: proxy.url },
    stderr: "inherit",
  });
  const seen = await new Response(child.stdout).json();

  expect(seen).toEqual({ ours: "from the gateway", control: "from the proxy" });
  expect(proxy.requests).toHaveLength(1);
});
