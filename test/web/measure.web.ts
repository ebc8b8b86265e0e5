import { same } from "./checks.ts";
import type { Suite } from "./stage.ts";

const MAX_HTML = 30_000;
const MAX_ASSETS = 60_000;
const ROUNDS = 200;

/** Sizes of what a browser is sent, and what a page costs beside an answer that is made already. */
export const measureSuite: Suite = async ({ check, service, logIn }) => {
  const providers = Array.from({ length: 50 }, (_, n) => ({
    id: `source-${n}/some-model-${n}`,
    model: `some-model-${n}`,
    provider_type: "openai_chat_completion",
    base_url: "https://api.example.com/v1",
  }));
  await service.api("/models/import-astr", { method: "POST", body: JSON.stringify({ providers, source: "web-test" }) });
  for (let n = 0; n < 50; n++) {
    await service.finished(
      await service.submit({ task: `${n % 2 ? "done" : "fails"}: 检查昨晚的备份是否完整 ${n}`, cwd: "/tmp" }),
    );
  }
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
    const isWeighed = ["/web/status", "/web/jobs", "/web/models"].includes(path);
    if (isWeighed) await check(`${path} is under 30 kB`, () => same(size < MAX_HTML, true, `${size} B`));
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
