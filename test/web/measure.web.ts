import { same } from "./checks.ts";
import type { Suite } from "./stage.ts";

const MAX_HTML = 30_000;
const MAX_ASSETS = 60_000;
const ROUNDS = 200;

/** Sizes of what a browser is sent, and what a page costs beside an answer that is made already. */
export const measureSuite: Suite = async ({ check, service, logIn }) => {
  const cookie = await logIn();
  const get = (path: string) => fetch(service.url + path, { headers: { cookie } });

  const medianMs = async (path: string, origin = service.url): Promise<number> => {
    const times: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const began = performance.now();
      await (await fetch(origin + path, { headers: { cookie } })).arrayBuffer();
      times.push(performance.now() - began);
    }
    return times.sort((one, other) => one - other)[ROUNDS / 2] ?? 0;
  };

  const html = await (await get("/web/status")).text();
  const bare = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response(html) });
  const floor = await medianMs("/", bare.url.origin);
  await bare.stop(true);
  console.log(`  bare Bun.serve, the same bytes: ${floor.toFixed(2)} ms (median of ${ROUNDS})`);

  for (const path of ["/web/status", "/web/jobs", "/web/models", "/web/audit", "/docs"]) {
    const size = (await (await get(path)).arrayBuffer()).byteLength;
    const spent = await medianMs(path);
    console.log(`  ${path}: ${spent.toFixed(2)} ms, ${(size / 1000).toFixed(1)} kB of HTML`);
    if (path === "/web/status") await check(`${path} is under 30 kB`, () => same(size < MAX_HTML, true, `${size} B`));
  }

  const assets = [...new Set(html.match(/\/assets\/[\w.]+/g))];
  let total = 0;
  for (const path of assets) {
    const answer = await fetch(service.url + path, { headers: { "accept-encoding": "gzip" }, decompress: false });
    total += (await answer.arrayBuffer()).byteLength;
  }
  console.log(`  assets: ${assets.length} files, ${(total / 1000).toFixed(1)} kB compressed`);
  await check("all assets are under 60 kB compressed", () => same(total < MAX_ASSETS, true, `${total} B`));
};
