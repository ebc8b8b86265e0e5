import { Hono } from "hono";
import type { AppEnv } from "@/http/env.ts";
import { assets } from "@/views/assets.ts";

/** Stylesheet and icon, below /assets. Their names change with their content, so a browser asks for each once. */
export const createAssetRoutes = () => {
  const routes = new Hono<AppEnv>();
  for (const { name, contentType, text } of assets) {
    routes.get(`/${name}`, (c) =>
      c.body(text, 200, { "Content-Type": contentType, "Cache-Control": "public, max-age=31536000, immutable" }),
    );
  }
  return routes;
};
