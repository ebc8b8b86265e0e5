export type RefusalCode =
  | "backup_source_bad"
  | "backup_copy_bad"
  | "backup_running"
  | "restore_file_missing"
  | "restore_file_broken"
  | "restore_file_foreign"
  | "restore_file_newer"
  | "restore_file_same"
  | "restore_in_use"
  | "restore_copy_bad";

/** A backup or restore that was refused before it changed anything. Its text is in `locales`. */
export class RefusalError extends Error {
  override readonly name = "RefusalError";

  /** @param detail values for the placeholders of the code's text. */
  constructor(
    readonly code: RefusalCode,
    readonly detail: Readonly<Record<string, string | number>>,
    options?: ErrorOptions,
  ) {
    super(`${code} ${JSON.stringify(detail)}`, options);
  }
}
