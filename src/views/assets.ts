import { createHash } from "node:crypto";
import iconText from "./icon.svg" with { type: "text" };
import statusStyleText from "./status/status.css" with { type: "text" };
import styleText from "./style.css" with { type: "text" };

export interface Asset {
  /** Holds a hash of the content, so that a browser may keep it for ever. */
  name: string;
  path: string;
  contentType: string;
  text: string;
}

const asset = (stem: string, extension: string, contentType: string, text: string): Asset => {
  const hash = createHash("sha256").update(text).digest("hex").slice(0, 12);
  const name = `${stem}.${hash}.${extension}`;
  return { name, path: `/assets/${name}`, contentType, text };
};

export const stylesheet = asset("style", "css", "text/css; charset=utf-8", styleText + statusStyleText);
export const icon = asset("icon", "svg", "image/svg+xml", iconText);
export const assets: readonly Asset[] = [stylesheet, icon];
