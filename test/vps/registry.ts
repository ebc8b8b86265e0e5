/** An npm registry on loopback that serves what an ordinary npm has put into a cache of its own here. */

import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { peersCache } from "@test/real/peers.ts";
import { must } from "@test/support/shell.ts";

interface Install {
  dependencies: Record<string, string>;
  overrides?: Record<string, string>;
}

interface Cacache {
  get(cache: string, key: string): Promise<{ data: Buffer }>;
}

const CACHE = join(dirname(peersCache(process.env)), "vps-npm");
/** As npm names it. */
const CONTENT = join(CACHE, "_cacache");

/** @param installs as the machine will ask for them. */
export const startRegistry = async (installs: readonly Install[]) => {
  mkdirSync(CACHE, { recursive: true });
  for (const install of installs) await keep(install);
  const npm = resolve(realpathSync(Bun.which("npm") ?? "/missing"), "../..");
  const cacache: Cacache = createRequire(import.meta.url)(join(npm, "node_modules/cacache"));
  const origin = await must("npm config get registry");
  const missing: string[] = [];
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    idleTimeout: 0,
    async fetch(request) {
      const { pathname } = new URL(request.url);
      const key = `make-fetch-happen:request-cache:${origin}${pathname.slice(1)}`;
      const found = await cacache.get(CONTENT, key).catch(() => undefined);
      if (!found) {
        missing.push(pathname);
        return Response.json({ error: "not found" }, { status: 404 });
      }
      if (pathname.endsWith(".tgz")) return new Response(found.data);
      const here = `http://${request.headers.get("host")}/`;
      return new Response(found.data.toString().replaceAll(origin, here), {
        headers: { "content-type": "application/json" },
      });
    },
  });
  return { port: server.port, missing: () => missing, stop: () => server.stop(true) };
};

/** Installs it once elsewhere, which leaves all of it in the cache. */
const keep = async (install: Install): Promise<void> => {
  const manifest = JSON.stringify({ private: true, ...install });
  const done = join(CACHE, `.${new Bun.CryptoHasher("sha256").update(manifest).digest("hex").slice(0, 16)}`);
  if (existsSync(done)) return;
  const folder = mkdtempSync(join(tmpdir(), "vps-npm-"));
  try {
    writeFileSync(join(folder, "package.json"), manifest);
    const flags = "--ignore-scripts --no-audit --no-fund --no-package-lock --loglevel=error";
    await must(`npm install --cache ${CACHE} ${flags}`, { cwd: folder });
    writeFileSync(done, manifest);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};
