import { type Column, type SQL, sql } from "drizzle-orm";

/** A placeholder for each field, under its own name. `set` and `values` take placeholders only within `sql`. */
export const placeholders = <Field extends string>(...fields: readonly Field[]): Record<Field, SQL> =>
  Object.fromEntries(fields.map((field) => [field, sql`${sql.placeholder(field)}`])) as Record<Field, SQL>;

/** In an upsert: the value that the insert would have stored. */
export const excluded = ({ name }: Column): SQL => sql`excluded.${sql.identifier(name)}`;
