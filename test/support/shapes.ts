/** The types a value was seen with at each place: `{"item.error": "null|object", "item.error.message": "string"}`. */
export type Shape = Record<string, string>;

/** By what was asked or sent: an event's type, or the name of a case. */
export type Shapes = Record<string, Shape>;

/** Of these the value is part of the shape, if it is one word. */
const WORDS = ["type", "status", "object", "role", "kind", "code", "detail"];
const WORD = /^[a-z][a-z\d_.]{0,60}$/;
const ID = /^[\da-f]{8}-[\da-f-]{27}$/;

export const shapeOf = (value: unknown): Shape => {
  const shape: Shape = {};
  const visit = (at: unknown, path: string, key: string): void => {
    addTypes(shape, path, typeOf(at, key));
    if (Array.isArray(at)) for (const element of at) visit(element, `${path}[]`, "");
    else if (typeof at === "object" && at !== null) {
      for (const [name, child] of Object.entries(at)) {
        visit(child, [path, ID.test(name) ? "*" : name].filter(Boolean).join("."), name);
      }
    }
  };
  visit(value, "", "");
  delete shape[""];
  return shape;
};

const typeOf = (value: unknown, key: string): string => {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  return typeof value === "string" && WORDS.includes(key) && WORD.test(value) ? `"${value}"` : typeof value;
};

const addTypes = (shape: Shape, path: string, types: string): void => {
  shape[path] = [...new Set([...(shape[path]?.split("|") ?? []), ...types.split("|")])].sort().join("|");
};

/** Adds what was seen once more of a kind. */
export const addShape = (shapes: Shapes, kind: string, shape: Shape): void => {
  const known = shapes[kind] ?? {};
  shapes[kind] = known;
  for (const [path, types] of Object.entries(shape)) addTypes(known, path, types);
};

/**
 * What a record of several runs lacks, or has and never came, a line each; and the kinds it does not have. Some of what
 * it has may not come: which way a failing model fails depends on the moment.
 */
export const compareShapes = (recorded: Shapes, seen: Shapes) => {
  const differences = Object.entries(seen).flatMap(([kind, shape]) => {
    const before = recorded[kind] ?? shape;
    const known = (path: string) => before[path]?.split("|") ?? [];
    const added = Object.entries(shape).flatMap(([path, types]) => {
      const more = types.split("|").filter((type) => !known(path).includes(type));
      return more.length > 0 ? [`${kind}: + ${path}: ${more.join("|")}`] : [];
    });
    const gone = Object.keys(before).filter((path) => shape[path] === undefined);
    return [...added, ...gone.map((path) => `${kind}: - ${path}: ${before[path]}`)];
  });
  const unseen = Object.keys(recorded).filter((kind) => !seen[kind]);
  return {
    differences: [...differences, ...unseen.map((kind) => `${kind}: recorded, not seen`)],
    unknown: Object.keys(seen).filter((kind) => !recorded[kind]),
  };
};
