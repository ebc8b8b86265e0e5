import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createScratch, freePort, startProgram, until } from "./program.ts";

const PATH = "/usr/sbin/nginx";

/** Debian's nginx, installed when it is missing and we may. */
const ensureNginx = () => {
  if (existsSync(PATH)) return;
  console.log("Installing nginx-light…");
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  for (const argv of [["update"], ["install", "--yes", "--no-install-recommends", "nginx-light"]]) {
    const { success, stderr } = Bun.spawnSync(["apt-get", ...argv], { env, stdout: "ignore", stderr: "pipe" });
    if (!success) throw new Error(`Run as root: apt-get install nginx-light\n${stderr}`);
  }
};

/** An nginx with Debian's own settings before `target`; what differs is where it listens and writes. */
export const startNginx = async (target: string) => {
  ensureNginx();
  const { folder, remove } = createScratch();
  const port = await freePort();
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (name) => `${name}_temp_path ${folder}/${name};`,
  );
  writeFileSync(
    join(folder, "nginx.conf"),
    `daemon off; master_process off; pid ${folder}/pid; error_log stderr;
    events { worker_connections 768; }
    http {
      sendfile on; tcp_nopush on; types_hash_max_size 2048; gzip on;
      include /etc/nginx/mime.types; default_type application/octet-stream;
      access_log off; ${temporary.join(" ")}
      server { listen 127.0.0.1:${port}; location / { proxy_pass ${target}; } }
    }`,
  );
  const program = startProgram({
    argv: [PATH, "-p", folder, "-c", join(folder, "nginx.conf")],
    cwd: folder,
    env: { PATH: process.env.PATH },
  });
  const url = `http://127.0.0.1:${port}`;
  await until(
    () =>
      fetch(url).then(
        () => true,
        () => false,
      ),
    program,
  );
  return {
    url,
    async stop() {
      await program.stop();
      remove();
    },
  };
};
