/** The same numbers for the same seed (mulberry32). */
export const createRandom = (seed: number) => {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const between = (from: number, to: number): number => from + next() * (to - from);
  return {
    between,
    chance: (probability: number): boolean => next() < probability,
    pick: <Item>(items: readonly [Item, ...Item[]]): Item => items[Math.floor(next() * items.length)] ?? items[0],
    /** `count` of them, in their order. */
    sample: <Item>(items: readonly Item[], count: number): Item[] =>
      items
        .map((item, index) => ({ item, index, key: next() }))
        .sort((a, b) => a.key - b.key)
        .slice(0, count)
        .sort((a, b) => a.index - b.index)
        .map(({ item }) => item),
    /** A generator of its own, so that what one part draws does not shift another's numbers. */
    fork: () => createRandom(Math.floor(next() * 2 ** 32)),
  };
};

export type Random = ReturnType<typeof createRandom>;
