import { Database, type Statement } from "bun:sqlite";

const EXECUTING = ["run", "get", "all", "values", "raw", "iterate"] as const;

/** Stands for the BEGIN of `database.transaction()`, which Bun executes out of sight. */
export const TRANSACTION_BEGIN = "BEGIN TRANSACTION";

export interface Interceptor {
  before(sql: string): void;
  after(sql: string): void;
}

/**
 * Calls `interceptor` around every statement that this process executes on the database, transactions' own
 * BEGIN and COMMIT included. The lock file beside it is left out.
 */
export const interceptStatements = ({ before, after }: Interceptor): void => {
  const around = <Result>(sql: string, execute: () => Result): Result => {
    before(sql);
    const result = execute();
    after(sql);
    return result;
  };
  const isOurs = (database: Database) => !database.filename.endsWith(".lock");

  const wrapStatement = (statement: Statement, sql: string) => {
    for (const name of EXECUTING) {
      const execute: unknown = Reflect.get(statement, name);
      if (typeof execute !== "function") continue;
      const wrapped = (...values: unknown[]) => around(sql, () => Reflect.apply(execute, statement, values));
      Object.defineProperty(statement, name, { value: wrapped });
    }
    return statement;
  };

  const wrapped = new WeakSet<object>();
  for (const name of ["prepare", "query"] as const) {
    const original: unknown = Reflect.get(Database.prototype, name);
    if (typeof original !== "function") continue;
    Reflect.set(Database.prototype, name, function (this: Database, sql: string, ...rest: unknown[]) {
      const statement: Statement = Reflect.apply(original, this, [sql, ...rest]);
      if (!isOurs(this) || wrapped.has(statement)) return statement;
      wrapped.add(statement);
      return wrapStatement(statement, sql);
    });
  }

  for (const name of ["run", "exec"] as const) {
    const original: unknown = Reflect.get(Database.prototype, name);
    if (typeof original !== "function") continue;
    Reflect.set(Database.prototype, name, function (this: Database, sql: string, ...rest: unknown[]) {
      const execute = () => Reflect.apply(original, this, [sql, ...rest]);
      return isOurs(this) ? around(sql, execute) : execute();
    });
  }

  // Bun begins and commits without going through the methods above.
  const transaction = Database.prototype.transaction;
  Reflect.set(Database.prototype, "transaction", function (this: Database, inside: (...values: unknown[]) => unknown) {
    const perform = (mode: "deferred" | "immediate" | "exclusive", values: unknown[]) => {
      before(TRANSACTION_BEGIN);
      const result: unknown = Reflect.apply(transaction, this, [
        (...given: unknown[]) => {
          after(TRANSACTION_BEGIN);
          const inner = inside(...given);
          before("COMMIT");
          return inner;
        },
      ])[mode](...values);
      after("COMMIT");
      return result;
    };
    const deferred = (...values: unknown[]) => perform("deferred", values);
    return Object.assign(deferred, {
      deferred,
      immediate: (...values: unknown[]) => perform("immediate", values),
      exclusive: (...values: unknown[]) => perform("exclusive", values),
    });
  });
};
