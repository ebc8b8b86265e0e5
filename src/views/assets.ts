import morphText from "idiomorph/dist/idiomorph.min.js" with { type: "text" };
import scriptText from "./browser/page.js" with { type: "text" };
import iconText from "./icon.svg" with { type: "text" };
import audit from "./styles/audit.css" with { type: "text" };
import base from "./styles/base.css" with { type: "text" };
import docs from "./styles/docs.css" with { type: "text" };
import forms from "./styles/forms.css" with { type: "text" };
import frame from "./styles/frame.css" with { type: "text" };
import job from "./styles/job.css" with { type: "text" };
import jobs from "./styles/jobs.css" with { type: "text" };
import models from "./styles/models.css" with { type: "text" };
import parts from "./styles/parts.css" with { type: "text" };
import status from "./styles/status.css" with { type: "text" };
import { shapes, type Tone } from "./ui.tsx";

/** The name contains a hash of the content, so that a browser may keep it for ever. */
const asset = (stem: string, extension: string, contentType: string, text: string) => {
  const hash = new Bun.CryptoHasher("sha256").update(text).digest("hex").slice(0, 12);
  const name = `${stem}.${hash}.${extension}`;
  return { name, path: `/assets/${name}`, contentType, text };
};

const styles = [base, parts, forms, status, jobs, job, models, audit, docs, frame].join("\n");
export const stylesheet = asset("style", "css", "text/css; charset=utf-8", styles);
/** Morphing keeps focus, selection and scrolling where a part of the page is replaced. */
export const script = asset("page", "js", "text/javascript; charset=utf-8", `${morphText}\n${scriptText}`);
const iconOf = (content: string) => asset("icon", "svg", "image/svg+xml", content);
export const icon = iconOf(iconText);

const colours: Record<Tone, string> = {
  ok: "#15803d",
  warning: "#b45309",
  fault: "#c81e2c",
  notice: "#2563eb",
  active: "#2563eb",
  off: "#5a6475",
};

/** The icon with a badge for the state of the page's subject. */
export const icons = Object.fromEntries(
  Object.entries(shapes).map(([tone, [outline, mark]]) => {
    const badge =
      `<g transform="translate(12 12) scale(1.25)"><path d="${outline}" fill="${colours[tone as Tone]}" stroke="#fff"/>` +
      `<path d="${mark}" fill="none" stroke="#fff" stroke-width="2" stroke-linecap="round"/></g></svg>`;
    return [tone, iconOf(iconText.trimEnd().replace(/<\/svg>$/, badge))];
  }),
) as Record<Tone, typeof icon>;

export const assets = [stylesheet, script, icon, ...Object.values(icons)];
