import morphText from "idiomorph/dist/idiomorph.min.js" with { type: "text" };
import audit from "./audit/audit.css" with { type: "text" };
import scriptText from "./browser/page.js" with { type: "text" };
import iconText from "./icon.svg" with { type: "text" };
import status from "./status/status.css" with { type: "text" };
import bar from "./styles/bar.css" with { type: "text" };
import base from "./styles/base.css" with { type: "text" };
import cards from "./styles/cards.css" with { type: "text" };
import changes from "./styles/changes.css" with { type: "text" };
import forms from "./styles/forms.css" with { type: "text" };
import jobs from "./styles/jobs.css" with { type: "text" };
import notices from "./styles/notices.css" with { type: "text" };
import print from "./styles/print.css" with { type: "text" };
import routes from "./styles/routes.css" with { type: "text" };
import states from "./styles/states.css" with { type: "text" };
import tables from "./styles/tables.css" with { type: "text" };

export interface Asset {
  /** Holds a hash of the content, so that a browser may keep it for ever. */
  name: string;
  path: string;
  contentType: string;
  text: string;
}

const asset = (stem: string, extension: string, contentType: string, text: string): Asset => {
  const hash = new Bun.CryptoHasher("sha256").update(text).digest("hex").slice(0, 12);
  const name = `${stem}.${hash}.${extension}`;
  return { name, path: `/assets/${name}`, contentType, text };
};

/** In the order in which later ones may overrule earlier ones. */
const styles = [base, bar, states, notices, cards, forms, changes, jobs, tables, routes, status, audit, print];

export const stylesheet = asset("style", "css", "text/css; charset=utf-8", styles.join("\n"));
/** Morphing keeps focus, selection and scrolling where a part of the page is replaced. */
export const script = asset("page", "js", "text/javascript; charset=utf-8", `${morphText}\n${scriptText}`);
export const icon = asset("icon", "svg", "image/svg+xml", iconText);
export const assets: readonly Asset[] = [stylesheet, script, icon];
