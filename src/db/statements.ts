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

/** The same for a statement that sets what it is given, so that no list of columns has to follow its callers. */
export const preparedFor = <Field extends string, Statement>(
  query: (values: Record<Field, SQL>) => { prepare(): Statement },
): ((values: Record<Field, unknown>) => Statement) => {
  const statements = new Map<string, () => Statement>();
  return (values) => {
    const fields = Object.keys(values) as Field[];
    return statements.getOrInsertComputed(fields.join(), () => prepared(() => query(placeholders(...fields))))();
  };
};
