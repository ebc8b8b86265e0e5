import { Hono } from "hono";
import { compress } from "hono/compress";
import { etag } from "hono/etag";
import type { AppEnv } from "@/http/env.ts";
import { errorResponse } from "@/http/errors.ts";
import { AppError } from "@/lib/errors.ts";
import { assets } from "@/views/assets.ts";

/** Stylesheet, script and icon, below /assets. Their names contain a hash of the content, so they never expire. */
export const createAssetRoutes = () =>
  new Hono<AppEnv>().get("/:name", compress({ encoding: "gzip" }), etag(), async (c) => {
    const asset = assets.find(({ name }) => name === c.req.param("name"));
    // Not thrown, and so not in the audit log: a tab that was open during an upgrade requests the old name.
    if (!asset) return errorResponse(c, new AppError("not_found"));
    c.header("Cache-Control", "public, max-age=31536000, immutable");
    return c.body(asset.text, 200, { "Content-Type": asset.contentType });
  });
