/** The Python service's tree as it stands on a host: its own compose file, its layout, a server by the name of uvicorn. */
import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fakeProvider } from "@test/real/openclaw-gateway.ts";
import { ensurePeer, openclawPeer } from "@test/real/peers.ts";
import { createPredecessorDatabase } from "@test/support/predecessor.ts";
import { must } from "@test/support/shell.ts";
import { IMAGE } from "./engine.ts";
import { COMPILED } from "./site.ts";

const composeFile = (gatewayPort: number, openclaw: string) => `version: "3"
services:
  openclaw-gateway:
    image: ${IMAGE}
    container_name: openclaw-gateway
    restart: unless-stopped
    working_dir: /work
    env_file: .env
    environment:
      OPENCLAW_CONFIG_PATH: /work/openclaw_sidecar.config.json5
    ports: ["127.0.0.1:${gatewayPort}:18789"]
    volumes:
      - ./data/openclaw_home:/root/.openclaw
      - ./data/openclaw_workspace:/work
      - ./openclaw_sidecar.config.json5:/work/openclaw_sidecar.config.json5:ro
      # Named as ours, so that what is compiled already is found.
      - ${openclaw}:/releases/2026.2.9:ro
      - ./compiled:/tmp
    command: ["node", "/releases/2026.2.9/node_modules/openclaw/openclaw.mjs", "gateway"]
`;

const UVICORN = `#!/usr/bin/env python3
import http.server, sys
port = int(sys.argv[sys.argv.index("--port") + 1])
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(b'{"ok":true}')
    def log_message(self, *args): pass
http.server.HTTPServer(("127.0.0.1", port), Answer).serve_forever()
`;

interface PredecessorOptions {
  root: string;
  port: number;
  gatewayPort: number;
  modelUrl: string;
  settings: string;
}

export const createPredecessor = async ({ root, port, gatewayPort, modelUrl, settings }: PredecessorOptions) => {
  const write = (name: string, text: string, mode = 0o644) => {
    mkdirSync(join(root, name, ".."), { recursive: true });
    writeFileSync(join(root, name), text, { mode });
  };
  const openclaw = await ensurePeer(openclawPeer("2026.2.9"));
  write(".env", settings);
  write("openclaw_sidecar.compose.yml", composeFile(gatewayPort, openclaw));
  const config = {
    gateway: {
      ...{ mode: "local", bind: "lan", port: 18789, auth: { mode: "token" } },
      http: { endpoints: { responses: { enabled: true }, chatCompletions: { enabled: false } } },
    },
    models: { providers: { fake: fakeProvider(modelUrl) } },
    agents: { defaults: { model: { primary: "fake/fake-1" }, heartbeat: { every: "0m" } } },
  };
  write("openclaw_sidecar.config.json5", JSON.stringify(config));
  write("backend-service/.venv/bin/uvicorn", UVICORN, 0o755);
  write("backend-service/app/main.py", "app = None\n");
  write("logs/backend/audit.jsonl", '{"event":"old"}\n');
  write("data/openclaw_home/.env", "FAKE_KEY=model-key\n", 0o600);
  write("data/openclaw_home/credentials/whatsapp/creds.json", '{"login":true}\n', 0o600);
  write("data/openclaw_home/extensions/one/settings.json", '{"plugin":"setting"}\n');
  write("data/openclaw_workspace/project/notes.md", "the agents' work\n");
  await must(`mkdir ${root}/compiled && [ ! -d ${COMPILED} ] || cp -a ${COMPILED}/. ${root}/compiled/`);
  createPredecessorDatabase(join(root, "data/backend_state.db"));
  return {
    async start() {
      await must(
        "docker-compose -f openclaw_sidecar.compose.yml up -d || docker compose -f openclaw_sidecar.compose.yml up -d",
        {
          cwd: root,
        },
      );
      const uvicorn = "backend-service/.venv/bin/uvicorn app.main:app --host 127.0.0.1";
      Bun.spawn(["bash", "-c", `exec ${uvicorn} --port ${port}`], { cwd: root, stdio: ["ignore", "ignore", "ignore"] });
    },
    /** As it stands, for a comparison. */
    copyTo: (folder: string) => cpSync(root, folder, { recursive: true, preserveTimestamps: true }),
  };
};
