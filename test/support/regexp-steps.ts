/**
 * Counts the steps of a backtracking matcher, which is what JavaScriptCore's is: unlike a duration, the count is the same
 * on every machine. Knows the syntax that `src` uses, and throws at any other.
 */

type Next = (at: number) => boolean;
type Match = (at: number, next: Next) => boolean;

type Node =
  | { kind: "char"; source: string; has(character: string): boolean }
  | { kind: "assert"; source: string }
  | { kind: "sequence" | "choice"; nodes: Node[] }
  | { kind: "group"; index: number; node: Node }
  | { kind: "look"; isBehind: boolean; isNegative: boolean; node: Node }
  | { kind: "back"; index: number | string }
  | { kind: "repeat"; node: Node; min: number; max: number; isLazy: boolean };

const QUANTIFIER = /^(?:[*+?]|\{(\d+)(,?)(\d*)\})(\??)/;
const ESCAPE = /^\\(?:x[\da-f]{2}|u[\da-f]{4}|u\{[\da-f]+\}|[pP]\{[^}]+\}|c[A-Z]|[\s\S])/i;
const CLASS = /^\[(?:\\[\s\S]|[^\]\\])*\]/;
const OPENING = /^\((?:\?(?:(:)|(<?[=!])|<(\w+)>))?/;

const parse = ({ source, flags }: RegExp) => {
  let at = 0;
  let groups = 0;
  const names = new Map<string, number>();
  const charFlags = flags.replace(/[^ius]/g, "");
  const take = (pattern: RegExp): RegExpExecArray | null => {
    const match = pattern.exec(source.slice(at));
    if (match) at += match[0].length;
    return match;
  };
  const charNode = (text: string): Node => {
    const pattern = new RegExp(`^${text}$`, charFlags);
    const known = new Map<string, boolean>();
    const has = (character: string): boolean => {
      const found = known.get(character) ?? pattern.test(character);
      known.set(character, found);
      return found;
    };
    return { kind: "char", source: text, has };
  };

  const parseAtom = (): Node => {
    const opening = take(OPENING);
    if (opening) {
      const [, plain, look, name] = opening;
      const index = plain === undefined && look === undefined ? ++groups : 0;
      if (name !== undefined) names.set(name, index);
      const node = parseChoice();
      if (source[at++] !== ")") throw new Error(`cannot parse /${source}/ at ${at}`);
      if (look !== undefined)
        return { kind: "look", isBehind: look.startsWith("<"), isNegative: look.endsWith("!"), node };
      return index === 0 ? node : { kind: "group", index, node };
    }
    const back = take(/^\\(?:k<(\w+)>|([1-9]))/);
    if (back) return { kind: "back", index: back[1] ?? Number(back[2]) };
    const assertion = take(/^(?:\^|\$|\\b|\\B)/);
    if (assertion) return { kind: "assert", source: assertion[0] };
    const text = (take(CLASS) ?? take(ESCAPE) ?? take(/^[^()|*+?]/))?.[0];
    if (text === undefined) throw new Error(`cannot parse /${source}/ at ${at}`);
    return charNode(text);
  };
  const parseSequence = (): Node => {
    const nodes: Node[] = [];
    while (at < source.length && source[at] !== "|" && source[at] !== ")") {
      const node = parseAtom();
      const quantifier = take(QUANTIFIER);
      if (!quantifier) {
        nodes.push(node);
        continue;
      }
      const [text, low, comma, high, lazy] = quantifier;
      const min = low === undefined ? Number(text.startsWith("+")) : Number(low);
      const most = high ? Number(high) : comma === "" ? min : Number.POSITIVE_INFINITY;
      const max = text.startsWith("?") ? 1 : low === undefined ? Number.POSITIVE_INFINITY : most;
      nodes.push({ kind: "repeat", node, min, max, isLazy: lazy === "?" });
    }
    return { kind: "sequence", nodes };
  };
  const parseChoice = (): Node => {
    const nodes = [parseSequence()];
    while (source[at] === "|") {
      at++;
      nodes.push(parseSequence());
    }
    return nodes.length === 1 && nodes[0] ? nodes[0] : { kind: "choice", nodes };
  };

  const root = parseChoice();
  if (at < source.length) throw new Error(`cannot parse /${source}/ at ${at}`);
  return { root, names };
};

const isWord = (character: string | undefined): boolean => character !== undefined && /\w/.test(character);
const isBreak = (character: string | undefined): boolean =>
  character !== undefined && /[\r\n\u2028\u2029]/.test(character);

export interface Counter {
  /** Of finding every match in `text`; Infinity above `limit`. */
  steps(text: string, limit: number): number;
  root: Node;
}

export const createCounter = (pattern: RegExp): Counter => {
  const { root, names } = parse(pattern);
  const isMultiline = pattern.multiline;
  let text = "";
  let steps = 0;
  let limit = 0;
  let captures: (string | undefined)[] = [];
  const step = () => {
    if (++steps > limit) throw new RangeError("too many steps");
  };

  const asserts: Record<string, (at: number) => boolean> = {
    "^": (at) => at === 0 || (isMultiline && isBreak(text[at - 1])),
    $: (at) => at === text.length || (isMultiline && isBreak(text[at])),
    "\\b": (at) => isWord(text[at - 1]) !== isWord(text[at]),
    "\\B": (at) => isWord(text[at - 1]) === isWord(text[at]),
  };

  const compile = (node: Node, direction: 1 | -1): Match => {
    const charAt = (at: number): string | undefined => text[direction > 0 ? at : at - 1];
    switch (node.kind) {
      case "char":
        return (at, next) => {
          step();
          const character = charAt(at);
          return character !== undefined && node.has(character) && next(at + direction);
        };
      case "assert":
        return (at, next) => {
          step();
          return (asserts[node.source]?.(at) ?? false) && next(at);
        };
      case "sequence": {
        const parts = node.nodes.map((part) => compile(part, direction));
        if (direction < 0) parts.reverse();
        const run = (index: number, at: number, next: Next): boolean => {
          const part = parts[index];
          return part ? part(at, (reached) => run(index + 1, reached, next)) : next(at);
        };
        return (at, next) => run(0, at, next);
      }
      case "choice": {
        const choices = node.nodes.map((choice) => compile(choice, direction));
        return (at, next) => choices.some((choice) => choice(at, next));
      }
      case "group": {
        const inner = compile(node.node, direction);
        return (at, next) =>
          inner(at, (reached) => {
            const before = captures[node.index];
            captures[node.index] = text.slice(Math.min(at, reached), Math.max(at, reached));
            if (next(reached)) return true;
            captures[node.index] = before;
            return false;
          });
      }
      case "look": {
        const inner = compile(node.node, node.isBehind ? -1 : 1);
        return (at, next) => inner(at, () => true) !== node.isNegative && next(at);
      }
      case "back":
        return (at, next) => {
          const index = typeof node.index === "number" ? node.index : (names.get(node.index) ?? 0);
          const captured = captures[index] ?? "";
          steps += captured.length;
          step();
          return text.startsWith(captured, at) && next(at + captured.length);
        };
      case "repeat":
        return compileRepeat(node, direction, charAt);
    }
  };

  const compileRepeat = (
    { node, min, max, isLazy }: Extract<Node, { kind: "repeat" }>,
    direction: 1 | -1,
    charAt: (at: number) => string | undefined,
  ): Match => {
    if (node.kind === "char") {
      // Without recursion, since a run may be long.
      const take = (at: number): boolean => {
        step();
        const character = charAt(at);
        return character !== undefined && node.has(character);
      };
      return (at, next) => {
        let count = 0;
        const wanted = isLazy ? min : max;
        while (count < wanted && take(at + count * direction)) count++;
        if (count < min) return false;
        if (isLazy) {
          while (!next(at + count * direction)) {
            if (count >= max || !take(at + count * direction)) return false;
            count++;
          }
          return true;
        }
        for (; count >= min; count--) {
          step();
          if (next(at + count * direction)) return true;
        }
        return false;
      };
    }
    const inner = compile(node, direction);
    const loop = (count: number, at: number, next: Next): boolean => {
      step();
      const more = () =>
        count < max && inner(at, (reached) => (reached !== at || count < min) && loop(count + 1, reached, next));
      const enough = () => count >= min && next(at);
      return isLazy ? enough() || more() : more() || enough();
    };
    return (at, next) => loop(0, at, next);
  };

  const match = compile(root, 1);
  const isAnchored = !isMultiline && root.kind === "sequence" && isStart(root.nodes[0]);

  return {
    root,
    steps(input, most) {
      text = input;
      steps = 0;
      limit = most;
      try {
        for (let from = 0; from <= text.length; ) {
          let end = -1;
          captures = [];
          const isFound = match(from, (at) => {
            end = at;
            return true;
          });
          if (isAnchored || pattern.sticky) break;
          from = isFound && end > from ? end : from + 1;
        }
        return steps;
      } catch (error) {
        // Its own limit, and the depth of the stack, which only a group that repeats reaches.
        if (error instanceof RangeError) return Number.POSITIVE_INFINITY;
        throw error;
      }
    },
  };
};

const isStart = (node: Node | undefined): boolean => node?.kind === "assert" && node.source === "^";

const ALPHABET = [..."a1-_./\\\"' \n\r\t,;:=@[]{}()<>*+?&%#$|~`^!AZzéÿ中Ａ\u202e\x1b\x00\ud83d\ude00"];

const UNITS = Array.from({ length: 0x10000 }, (_, code) => String.fromCharCode(code));

/** What inputs are made of: a character or more of each class that `pattern` has, and parts of what it matches. */
const partsOf = (root: Node): { characters: string[]; words: string[] } => {
  const characters = new Set<string>();
  const words = new Set<string>();
  const sampleOf = (node: Node): string => {
    switch (node.kind) {
      case "char": {
        const known = ALPHABET.filter((candidate) => node.has(candidate));
        const isItself = node.source.length === 1 && node.source !== ".";
        const character = isItself ? node.source : (known[0] ?? UNITS.find((unit) => node.has(unit)) ?? "\0");
        characters.add(character);
        // Neighbours may overlap in another character of a class.
        if (known.length > 1) for (const other of known.slice(1, 12)) characters.add(other);
        return character;
      }
      case "sequence": {
        let text = "";
        let literal = "";
        for (const part of node.nodes) {
          const sample = sampleOf(part);
          if (part.kind === "char") literal += sample;
          else {
            words.add(text).add(literal);
            literal = "";
          }
          text += sample;
        }
        words.add(text).add(literal);
        return text;
      }
      case "choice":
        return node.nodes.map(sampleOf).find((text) => text !== "") ?? "";
      case "repeat":
        return sampleOf(node.node).repeat(Math.max(1, Math.min(node.min, 40)));
      case "look":
        // No part of the match; what must not follow makes it fail.
        sampleOf(node.node);
        return "";
      case "group":
        return sampleOf(node.node);
      default:
        return "";
    }
  };
  words.add(sampleOf(root));
  return {
    characters: [...characters],
    words: [...words].filter((text) => text.length > 1 && text.length <= 200),
  };
};

/** At most `count` of `texts`, spread evenly. */
const spread = (texts: readonly string[], count: number): string[] =>
  texts.filter((_, index) => texts.length <= count || index % Math.ceil(texts.length / count) === 0);

export interface Growth {
  /** Steps a character at the longer input; Infinity where they grow faster than it. */
  perChar: number;
  worst: Input;
}

/** `before`, then `pump` repeated, then `after`; with `isRepeated`, `before` is repeated as often. */
export interface Input {
  before: string;
  pump: string;
  after: string;
  isRepeated: boolean;
}

/** Of at least `chars`. */
export const inputOf = ({ before, pump, after, isRepeated }: Input, chars: number): string => {
  const fill = (text: string) => text.repeat(Math.ceil(chars / text.length));
  return (isRepeated ? fill(before) : before) + fill(pump) + after;
};

const CHARS = 200;
/** Twice the input, twice the steps; the margin is for bounded repetitions that are not full at the shorter input. */
const MAX_RATIO = 2.5;
/** So few show nothing. */
const FEW_STEPS_PER_CHAR = 6;
const RANDOM_INPUTS = 50;
const MAX_PAIRS = 400;

/** Grows inputs that the pattern itself suggests, and random mixtures of them; says which costs the most. */
export const growthOf = (pattern: RegExp, seed = 1): Growth => {
  const counter = createCounter(pattern);
  const { characters, words } = partsOf(counter.root);
  const starts = spread(words, 5);
  let result: Growth = { perChar: 0, worst: { before: "", pump: "", after: "", isRepeated: false } };
  const grow = (before: string, pump: string, after: string, isRepeated = false) => {
    const worst = { before, pump, after, isRepeated };
    const input = inputOf(worst, 2 * CHARS);
    const full = counter.steps(input, 500 * input.length);
    const isLinear =
      full <= FEW_STEPS_PER_CHAR * input.length ||
      (full < Number.POSITIVE_INFINITY && full / counter.steps(inputOf(worst, CHARS), full) <= MAX_RATIO);
    const perChar = isLinear ? full / input.length : Number.POSITIVE_INFINITY;
    if (perChar > result.perChar) result = { perChar, worst };
  };

  // One that opens a match may stand within it, escaped.
  const pairs = characters.flatMap((one) => characters.map((other) => one + other));
  for (const pump of spread(pairs, MAX_PAIRS)) grow(pump[1] ?? "", pump, "");
  for (const pump of new Set([...spread(characters, 12), ...spread(words, 8)])) {
    grow("", pump, "");
    // What cannot match makes the matcher go back.
    for (const start of ["", ...starts]) grow(start, pump, "\0");
  }
  const random = randomOf(seed);
  const anyOf = (texts: readonly string[]) => texts[Math.floor(random() * texts.length)] ?? "";
  const parts = [...characters, ...words, ...words];
  const mixture = () => {
    // A blank ends a word, which some patterns look for.
    const end = anyOf(["", " "]);
    return Array.from({ length: 1 + Math.floor(random() * 3) }, () => anyOf(parts) + end).join("");
  };
  for (let input = 0; input < RANDOM_INPUTS && result.perChar < Number.POSITIVE_INFINITY; input++) {
    grow(input % 2 === 0 ? "" : mixture(), mixture(), input % 3 === 0 ? "" : mixture().slice(0, 1), input % 4 === 1);
  }
  return result;
};

/** mulberry32: the same numbers on every machine. */
const randomOf = (seed: number) => () => {
  seed = (seed + 0x6d2b79f5) | 0;
  let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
};
