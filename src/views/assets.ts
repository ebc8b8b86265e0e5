import morphText from "idiomorph/dist/idiomorph.min.js" with { type: "text" };
import scriptText from "./browser/page.js" with { type: "text" };
import iconText from "./icon.svg" with { type: "text" };
import base from "./styles/base.css" with { type: "text" };
import pages from "./styles/pages.css" with { type: "text" };
import parts from "./styles/parts.css" with { type: "text" };

/** The name contains a hash of the content, so that a browser may keep it for ever. */
const asset = (stem: string, extension: string, contentType: string, text: string) => {
  const hash = new Bun.CryptoHasher("sha256").update(text).digest("hex").slice(0, 12);
  const name = `${stem}.${hash}.${extension}`;
  return { name, path: `/assets/${name}`, contentType, text };
};

export const stylesheet = asset("style", "css", "text/css; charset=utf-8", [base, parts, pages].join("\n"));
/** Morphing keeps focus, selection and scrolling where a part of the page is replaced. */
export const script = asset("page", "js", "text/javascript; charset=utf-8", `${morphText}\n${scriptText}`);
export const icon = asset("icon", "svg", "image/svg+xml", iconText);
export const assets = [stylesheet, script, icon];
