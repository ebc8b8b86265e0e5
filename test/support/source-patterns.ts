import { join, resolve } from "node:path";
import { Glob } from "bun";

const SRC = resolve(import.meta.dir, "../../src");

export interface SourcePattern {
  file: string;
  pattern: RegExp;
}

const sources = async (): Promise<{ file: string; text: string }[]> => {
  const files = [...new Glob("**/*.{ts,tsx,js}").scanSync(SRC)].filter((file) => !file.endsWith(".d.ts")).sort();
  return Promise.all(files.map(async (file) => ({ file, text: await Bun.file(join(SRC, file)).text() })));
};

/** A string, a template (its expressions stay), a regular expression, or anything else that ends an operand. */
const TOKEN =
  /"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|(?<template>[`}](?:[^`\\$]|\\[\s\S]|\$(?!\{))*(?:`|\$\{))|(?<operand>[\w$)\]]+)|(?<slash>\/)|\s+|[\s\S]/y;
const LITERAL = /\/((?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+)\/([a-z]*)/y;
/** After these words a slash begins a pattern. */
const BEFORE_PATTERN = ["return", "typeof", "case", "in", "of"];

/** The regular expressions written out in JavaScript that has neither comments nor JSX. */
const literalsIn = (code: string): RegExp[] => {
  const found: RegExp[] = [];
  const templates: number[] = [];
  let depth = 0;
  let endsOperand = false;
  for (let at = 0; at < code.length; ) {
    const character = code[at];
    LITERAL.lastIndex = at;
    const literal = character === "/" && !endsOperand ? LITERAL.exec(code) : null;
    if (literal) {
      found.push(new RegExp(literal[1] ?? "", literal[2]));
      at += literal[0].length;
      endsOperand = true;
      continue;
    }
    if (character === "{") depth++;
    const closesExpression = character === "}" && templates.at(-1) === depth;
    if (character === "}" && !closesExpression) {
      depth--;
      endsOperand = false;
      at++;
      continue;
    }
    if (closesExpression) templates.pop();
    TOKEN.lastIndex = at;
    const token = TOKEN.exec(code);
    const text = token?.[0] ?? "";
    at += text.length;
    if (token?.groups?.template?.endsWith("${")) templates.push(depth);
    if (/^\s+$/.test(text)) continue;
    endsOperand = text.length > 1 && !text.endsWith("${") ? !BEFORE_PATTERN.includes(text) : /[\w$)\]"'`]/.test(text);
  }
  return found;
};

/** The patterns that are put together while `build` runs. */
export const composedBy = async (build: () => unknown): Promise<RegExp[]> => {
  const found: RegExp[] = [];
  const native = globalThis.RegExp;
  globalThis.RegExp = new Proxy(native, {
    construct(target, parts) {
      const pattern = Reflect.construct(target, parts);
      found.push(pattern);
      return pattern;
    },
  });
  try {
    await build();
  } finally {
    globalThis.RegExp = native;
  }
  return found;
};

/** Every regular expression that a module of `src` puts together as it is loaded. */
export const composedPatterns = async (): Promise<SourcePattern[]> => {
  const found: SourcePattern[] = [];
  for (const { file, text } of await sources()) {
    if (!text.includes("new RegExp(")) continue;
    // Once for what it imports, then again for its own.
    await import(join(SRC, file));
    for (const pattern of await composedBy(() => import(`${join(SRC, file)}?composed`))) found.push({ file, pattern });
  }
  return found;
};

/** Every regular expression that `src` writes out. */
export const literalPatterns = async (): Promise<SourcePattern[]> =>
  (await sources()).flatMap(({ file, text }) => {
    const loader = file.endsWith(".tsx") ? "tsx" : file.endsWith(".ts") ? "ts" : "js";
    const code = new Bun.Transpiler({ loader, target: "bun" }).transformSync(
      text.replace(/ with \{ type: "\w+" \}/g, ""),
    );
    return literalsIn(code).map((pattern) => ({ file, pattern }));
  });
