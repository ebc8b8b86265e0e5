import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createScratch, freePort, startProgram, until } from "./program.ts";

const PATH = "/usr/sbin/nginx";

/** Whether there is Debian's nginx, installed when it is missing and that is possible: as root, on a Debian. */
export const ensureNginx = (): boolean => {
  if (existsSync(PATH)) return true;
  console.log("Installing nginx-light…");
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const aptGet = Bun.which("apt-get");
  const apt = (...args: string[]) =>
    aptGet !== null && Bun.spawnSync([aptGet, ...args], { env, stdout: "ignore", stderr: "ignore" }).success;
  const isInstalled = apt("update") && apt("install", "--yes", "--no-install-recommends", "nginx-light");
  if (!isInstalled) console.error("Skipping the tests behind nginx: install it as root, apt-get install nginx-light");
  return isInstalled;
};

/** An nginx with Debian's own settings before `target`; what differs is where it listens and writes. */
export const startNginx = async (target: string) => {
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
