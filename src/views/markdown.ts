/** Above this, as from thousands of nested quotes, the text is shown instead. */
const MAX_HTML_CHARS = 64 * 1024;

const SAFE_LINK = /^(?:https?:\/\/|mailto:)/i;

/** Bun's own parser: linear where others are not, and no memory while idle. All HTML in the text is escaped. */
const options = { noHtmlBlocks: true, noHtmlSpans: true, autolinks: { url: true } };

/** Only these elements have attributes. All but those set here are removed, so that nothing is loaded. */
const sanitizer = () =>
  new HTMLRewriter().on("a, img, input, pre, table, [class], [align], [start]", {
    element(element) {
      const { tagName } = element;
      // The raw value: entities are kept as written.
      const value = (name: string) => (element.getAttribute(name) ?? "").replaceAll("<", "&lt;");
      const [href, src, alt, start] = [value("href"), value("src"), value("alt"), value("start")];
      const isChecked = element.hasAttribute("checked");
      for (const [name] of [...element.attributes]) element.removeAttribute(name);
      if (tagName === "a" && SAFE_LINK.test(href)) element.setAttribute("href", href).setAttribute("rel", "noreferrer");
      else if (tagName === "a") element.removeAndKeepContent();
      else if (tagName === "img" && SAFE_LINK.test(src)) {
        element.replace(`<a href="${src.replaceAll('"', "&quot;")}" rel="noreferrer">${alt || src}</a>`, {
          html: true,
        });
      } else if (tagName === "img") element.replace(alt, { html: true });
      else if (tagName === "input") element.replace(isChecked ? "☑ " : "☐ ");
      else if (tagName === "ol") element.setAttribute("start", start);
      else if (tagName === "pre" || tagName === "table") element.setAttribute("tabindex", "0");
    },
  });

/** @returns undefined for a text that is better shown as it is. */
export const toHtml = (markdown: string): string | undefined => {
  const html = Bun.markdown.html(markdown, options);
  if (html.length > MAX_HTML_CHARS) return undefined;
  // Below the page's own headings.
  const lowered = html.replace(/<(\/?)h([1-6])>/g, (_, end, level) => `<${end}h${Math.min(6, Number(level) + 2)}>`);
  return sanitizer().transform(lowered);
};
