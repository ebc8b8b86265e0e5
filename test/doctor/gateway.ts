/**
 * A gateway for the doctor: it knows its token and whether its endpoint is on. `--restart` ends the one before and
 * starts another in the background, as Docker does.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseEnvFile } from "@/lib/env-file.ts";

const root = process.env.OPENCLAW_BACKEND_ROOT ?? "";
const pidFile = join(root, "gateway.pid");
const { OPENCLAW_GATEWAY_TOKEN: token, OPENCLAW_GATEWAY_URL: url = "" } = parseEnvFile(
  readFileSync(join(root, ".env"), "utf8"),
);

if (process.argv.includes("--restart")) {
  if (existsSync(pidFile)) process.kill(Number(readFileSync(pidFile, "utf8")), "SIGKILL");
  const child = Bun.spawn([process.execPath, "--no-env-file", import.meta.path], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "ignore",
    detached: true,
  });
  writeFileSync(pidFile, String(child.pid));
  await child.stdout.getReader().read();
  process.exit(0);
}

const isOn = readFileSync(join(root, "openclaw_sidecar.config.json5"), "utf8").includes("responses: { enabled: true }");
Bun.serve({
  hostname: "127.0.0.1",
  port: Number(new URL(url).port),
  fetch(request) {
    if (!isOn) return new Response("Method Not Allowed", { status: 405 });
    const isOurs = request.headers.get("authorization") === `Bearer ${token}`;
    return isOurs
      ? Response.json({ error: { type: "invalid_request_error" } }, { status: 400 })
      : Response.json({ error: { type: "unauthorized" } }, { status: 401 });
  },
});
console.log("listening");
