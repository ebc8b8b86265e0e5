import { Hono } from "hono";
import type { AppEnv } from "@/http/env.ts";
import { assets } from "@/views/assets.ts";

/** Stylesheet, script and icon, below /assets. Their names change with their content, so a browser asks for each once. */
export const createAssetRoutes = () => {
  const routes = new Hono<AppEnv>();
  for (const { name, contentType, etag, text } of assets) {
    const compressed = onFirstUse(() => Bun.gzipSync(text, { level: 9 }));
    routes.get(`/${name}`, (c) => {
      c.header("Cache-Control", "public, max-age=31536000, immutable");
      c.header("ETag", etag);
      c.header("Vary", "Accept-Encoding");
      if (c.req.header("if-none-match") === etag) return c.body(null, 304);
      c.header("Content-Type", contentType);
      if (!/\bgzip\b/.test(c.req.header("accept-encoding") ?? "")) return c.body(text);
      c.header("Content-Encoding", "gzip");
      return c.body(compressed());
    });
  }
  return routes;
};

const onFirstUse = <Value>(make: () => Value) => {
  let made: { value: Value } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
};
