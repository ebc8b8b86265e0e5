/** An npm registry in the machine with OpenClaw's stand-in, in versions of its own; slow while /run/slow exists. */
import { existsSync } from "node:fs";

const VERSIONS = ["2026.2.9", "2026.9.1"];
const manifestOf = (version: string) => ({ name: "openclaw", version, type: "module", engines: { node: ">=18.0.0" } });

const tarballOf = async (version: string) =>
  new Bun.Archive(
    {
      "package/package.json": JSON.stringify(manifestOf(version), null, 2),
      "package/openclaw.mjs": await Bun.file(`${import.meta.dir}/openclaw.mjs`).text(),
    },
    { compress: "gzip" },
  ).bytes();

Bun.serve({
  hostname: "127.0.0.1",
  port: 4873,
  idleTimeout: 0,
  async fetch({ url }) {
    const { origin, pathname } = new URL(url);
    const [, version] = /^\/openclaw-(.+)\.tgz$/.exec(pathname) ?? [];
    if (version) {
      while (existsSync("/run/slow")) await Bun.sleep(200);
      return new Response(await tarballOf(version));
    }
    if (pathname !== "/openclaw") return new Response("{}", { status: 404 });
    const versions = VERSIONS.map((one) => [
      one,
      { ...manifestOf(one), dist: { tarball: `${origin}/openclaw-${one}.tgz` } },
    ]);
    return Response.json({
      name: "openclaw",
      "dist-tags": { latest: "2026.9.1" },
      versions: Object.fromEntries(versions),
    });
  },
});
