import { type SQL, sql } from "drizzle-orm";

/** A placeholder for each field, under its own name. `set` and `values` take placeholders only within `sql`. */
export const placeholders = <Field extends string>(...fields: readonly Field[]): Record<Field, SQL> =>
  Object.fromEntries(fields.map((field) => [field, sql`${sql.placeholder(field)}`])) as Record<Field, SQL>;

/**
 * Prepares a statement on its first use. Preparing all of them at the start takes 20 ms and one MiB more when idle
 * (bench/README.md).
 */
export const prepared = <Statement>(query: () => { prepare(): Statement }): (() => Statement) => {
  let statement: Statement | undefined;
  return () => {
    statement ??= query().prepare();
    return statement;
  };
};

/** As `prepared`, once for each set of fields that it is used with. */
export const preparedFor = <Field extends string, Statement>(
  query: (columns: Record<Field, SQL>) => { prepare(): Statement },
): ((fields: Record<Field, unknown>) => Statement) => {
  const statements = new Map<string, Statement>();
  return (fields) => {
    const names = Object.keys(fields) as Field[];
    const statement = statements.get(names.join()) ?? query(placeholders(...names)).prepare();
    statements.set(names.join(), statement);
    return statement;
  };
};
