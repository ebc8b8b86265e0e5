export interface Literal {
  /** The text between the `${...}` of a template; a plain string has one part. */
  parts: string[];
  /** The 40 characters before it. */
  before: string;
}

/** The string and template literals of a bundle's source, those within `${...}` too. Comments and patterns are skipped. */
export const literalsIn = (source: string): Literal[] => {
  const found: Literal[] = [];
  let at = 0;

  const readString = (quote: string): string => {
    const start = ++at;
    while (at < source.length && source[at] !== quote) at += source[at] === "\\" ? 2 : 1;
    return unescaped(source.slice(start, at++));
  };

  const readTemplate = (): string[] => {
    const parts: string[] = [];
    let start = ++at;
    while (at < source.length && source[at] !== "`") {
      if (source.startsWith("${", at)) {
        parts.push(unescaped(source.slice(start, at)));
        at += 2;
        readCode("}");
        start = at;
      } else {
        at += source[at] === "\\" ? 2 : 1;
      }
    }
    return [...parts, unescaped(source.slice(start, at++))];
  };

  const skipPattern = () => {
    let isClass = false;
    for (at++; at < source.length && (isClass || source[at] !== "/"); at++) {
      if (source[at] === "\\") at++;
      else if (source[at] === "[") isClass = true;
      else if (source[at] === "]") isClass = false;
    }
    at++;
  };

  const skipTo = (end: string) => {
    const index = source.indexOf(end, at);
    at = index < 0 ? source.length : index + end.length;
  };

  const readCode = (end: string) => {
    for (let depth = 0; at < source.length; ) {
      const char = source[at] ?? "";
      const before = source.slice(Math.max(0, at - 40), at);
      if (char === end && depth === 0) return void at++;
      if (char === '"' || char === "'") found.push({ parts: [readString(char)], before });
      else if (char === "`") found.push({ parts: readTemplate(), before });
      else if (source.startsWith("//", at)) skipTo("\n");
      else if (source.startsWith("/*", at)) skipTo("*/");
      else if (char === "/" && /(?:^|[(=,:[!&|?{};]|\breturn)\s*$/.test(before)) skipPattern();
      else {
        if (char === "{") depth++;
        if (char === "}") depth--;
        at++;
      }
    }
  };

  readCode("");
  return found;
};

const unescaped = (text: string): string =>
  text.replace(/\\(u\{[0-9a-f]+\}|u[0-9a-f]{4}|.)/gis, (_, escaped: string) => {
    const code = /^u\{?([0-9a-f]+)/i.exec(escaped)?.[1];
    return code ? String.fromCodePoint(Number.parseInt(code, 16)) : ({ n: "\n", t: "\t", r: "" }[escaped] ?? escaped);
  });
