import { resolve } from "node:path";
import { readMigrationFiles } from "drizzle-orm/migrator";

/**
 * The generated migrations. Imported as a macro, so that they are inlined when the executable is built, which then needs
 * no folder beside it.
 */
export const readMigrations = () => readMigrationFiles({ migrationsFolder: resolve(import.meta.dir, "../../drizzle") });
