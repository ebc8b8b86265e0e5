// Stands for OpenClaw in the machine: refuses the probe as the real one does, and fails as a file in its state says.
import { existsSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";

const crash = join(process.env.OPENCLAW_STATE_DIR, "crash");
if (process.argv[2] === "doctor") {
  rmSync(crash, { force: true });
  process.exit(1);
}
if (existsSync(crash)) {
  console.error("Error: AuthProfileMigrationRequiredError");
  process.exit(1);
}
const port = Number(/port: (\d+)/.exec(readFileSync(process.env.OPENCLAW_CONFIG_PATH, "utf8"))[1]);
const refuse = (response, status, type) => {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify({ error: { message: type, type } }));
};
createServer((request, response) => {
  if (request.headers.authorization === `Bearer ${process.env.OPENCLAW_GATEWAY_TOKEN}`) {
    refuse(response, 400, "invalid_request_error");
  } else refuse(response, 401, "unauthorized");
}).listen(port, "127.0.0.1");
