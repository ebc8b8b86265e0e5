/** The first rows, bounded in number and in what they take as JSON. */
export const firstOf = <Row>(rows: readonly Row[], maxRows: number, maxChars: number): Row[] => {
  let chars = 0;
  const first = rows.slice(0, maxRows);
  const end = first.findIndex((row) => {
    chars += JSON.stringify(row).length;
    return chars > maxChars;
  });
  return end < 0 ? first : first.slice(0, end);
};

/**
 * Reads rows in small parts until there are `limit` of them, or until they hold too much: then fewer are returned, but
 * at least one.
 * @param next the rows after this one, or the first.
 */
export const readBounded = <Row>(
  { limit, maxChars, charsOf }: { limit: number; maxChars: number; charsOf: (row: Row) => number },
  next: (after: Row | undefined, limit: number) => readonly Row[],
): { rows: Row[]; hasMore: boolean } => {
  const rows: Row[] = [];
  let chars = 0;
  for (;;) {
    const part = next(rows.at(-1), PART_ROWS);
    for (const row of part) {
      chars += charsOf(row);
      if (rows.length === limit || (chars > maxChars && rows.length > 0)) return { rows, hasMore: true };
      rows.push(row);
    }
    if (part.length < PART_ROWS) return { rows, hasMore: false };
  }
};

const PART_ROWS = 8;
