import { Hono } from "hono";
import { AppError } from "@/errors.ts";
import type { AppEnv } from "@/http/env.ts";
import { onFirstUse } from "@/on-first-use.ts";

/** Stylesheet, script and icon, below /assets. Their names change with their content, so a browser asks for each once. */
export const createAssetRoutes = () => {
  const allAssets = onFirstUse(async () => {
    const { assets } = await import("@/views/assets.ts");
    return assets.map((asset) => ({ ...asset, compressed: onFirstUse(() => Bun.gzipSync(asset.text, { level: 9 })) }));
  });
  return new Hono<AppEnv>().get("/:name", async (c) => {
    const asset = (await allAssets()).find(({ name }) => name === c.req.param("name"));
    if (!asset) throw new AppError("not_found");
    c.header("Cache-Control", "public, max-age=31536000, immutable");
    c.header("ETag", asset.etag);
    c.header("Vary", "Accept-Encoding");
    if (c.req.header("if-none-match") === asset.etag) return c.body(null, 304);
    c.header("Content-Type", asset.contentType);
    if (!/\bgzip\b/.test(c.req.header("accept-encoding") ?? "")) return c.body(asset.text);
    c.header("Content-Encoding", "gzip");
    return c.body(asset.compressed());
  });
};
