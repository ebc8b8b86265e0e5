import { Hono } from "hono";
import type { AppEnv } from "@/http/env.ts";
import { errorResponse } from "@/http/errors.ts";
import { AppError } from "@/lib/errors.ts";
import type { Asset } from "@/views/assets.ts";

/** Stylesheet, script and icon, below /assets. Their names change with their content, so a browser asks for each once. */
export const createAssetRoutes = () => {
  const compressed = new Map<string, Uint8Array<ArrayBuffer>>();
  const compress = ({ name, text }: Asset) => {
    const known = compressed.get(name) ?? Bun.gzipSync(text, { level: 9 });
    compressed.set(name, known);
    return known;
  };

  return new Hono<AppEnv>().get("/:name", async (c) => {
    const { assets } = await import("@/views/assets.ts");
    const asset = assets.find(({ name }) => name === c.req.param("name"));
    // Not thrown: a tab that outlives an upgrade is no refusal that the audit log is to keep.
    if (!asset) return errorResponse(c, new AppError("not_found"));
    c.header("Cache-Control", "public, max-age=31536000, immutable");
    c.header("ETag", asset.etag);
    c.header("Vary", "Accept-Encoding");
    if (c.req.header("if-none-match") === asset.etag) return c.body(null, 304);
    c.header("Content-Type", asset.contentType);
    if (!/\bgzip\b/.test(c.req.header("accept-encoding") ?? "")) return c.body(asset.text);
    c.header("Content-Encoding", "gzip");
    return c.body(compress(asset));
  });
};
