import { expect, test } from "bun:test";
import { toHtml } from "@/views/markdown.ts";

test("shows what Markdown says", () => {
  const html = toHtml("# One\n\n**b** `c` ~~d~~\n\n3. x\n\n- [x] y\n\n|a|b|\n|-|-:|\n|1|2|\n\n```sh\nls <b>\n```\n");
  for (const part of ["<h3>One</h3>", "<strong>b</strong>", '<ol start="3">', "☑ y", "<td>2</td>", "ls &lt;b&gt;"]) {
    expect(html).toContain(part);
  }
});

/** Attributes and elements by the parser that a browser's behaves like. */
const found = (html: string) => {
  const names = new Set<string>();
  const count = (element: HTMLRewriterTypes.Element) => {
    names.add(element.tagName);
    for (const [name, value] of element.attributes) names.add(name === "href" ? `href ${value.slice(0, 6)}` : name);
  };
  new HTMLRewriter().on("*", { element: count }).transform(html);
  return [...names].sort();
};

const hostile = [
  "<script>alert(1)</script>",
  "<img src=x onerror=alert(1)>",
  "a <b onclick=x>b</b> <!-- c --> <?p ?> <![CDATA[x]]>",
  "[a](javascript:alert(1)) [b](JaVaScRiPt:x) [c](java&#115;cript:x) [d](&#106;avascript:x) [e](data:text/html,x)",
  "[f](vbscript:x) [g](<javascript:x>) [h]( javascript:x) <javascript:x> [i][r]\n\n[r]: javascript:x",
  '[a](http://x/"onmouseover=x) [b](http://x "t\\" onmouseover=x") ![<script>](http://x/\\"onerror=x)',
  "![a](javascript:x) ![b](data:image/svg+xml,x) ![&lt;script&gt;alert(1)&lt;/script&gt;](x)",
  '```js" onload="x\nx\n```',
  '| <b> |\n|:-:|\n| <i style="x"> |',
  "- [x] <input autofocus onfocus=x>",
];

test("no HTML passes, no unsafe scheme, and nothing is loaded from elsewhere", () => {
  const known = ["a", "code", "h3", "href http:/", "li", "ol", "p", "pre", "rel", "table", "tabindex", "tbody", "td"];
  const expected = [...known, "th", "thead", "tr", "ul"];
  for (const text of [...hostile, hostile.join("\n\n"), hostile.map((line) => `> - ${line}`).join("\n")]) {
    const unknown = found(toHtml(text) ?? "").filter((name) => !expected.includes(name) && name !== "blockquote");
    expect(unknown).toEqual([]);
  }
});

test("a text that would become much longer is shown as it is", () => {
  expect(toHtml(">".repeat(12_000))).toBeUndefined();
  expect(toHtml(`[a]: http://${"x".repeat(6000)}\n\n${"[a]".repeat(2000)}`)).toBeUndefined();
});
