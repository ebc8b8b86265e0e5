import type { Database, SQLQueryBindings } from "bun:sqlite";

type Bindings = SQLQueryBindings | SQLQueryBindings[];
type Prepared<Row, Given extends Bindings> = Pick<
  ReturnType<typeof Database.prototype.query<Row, Given>>,
  "get" | "all" | "run"
>;

/** What repositories need of a database. */
export interface Db extends Pick<Database, "run" | "transaction"> {
  query<Row, Given extends Bindings = []>(sql: string): Prepared<Row, Given>;
}

/**
 * A statement is compiled when it is run first, and then kept. Most are not run for days, and compiled at the start
 * all of them together took a millisecond of it and a quarter of a mebibyte.
 */
export const compileOnUse = (sqlite: Database): Db => ({
  run: sqlite.run.bind(sqlite),
  transaction: sqlite.transaction.bind(sqlite),
  query<Row, Given extends Bindings>(sql: string): Prepared<Row, Given> {
    let compiled: Prepared<Row, Given> | undefined;
    const statement = (): Prepared<Row, Given> => {
      compiled ??= sqlite.query<Row, Given>(sql);
      return compiled;
    };
    return {
      get: (...given) => statement().get(...given),
      all: (...given) => statement().all(...given),
      run: (...given) => statement().run(...given),
    };
  },
});
