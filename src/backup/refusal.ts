import { CodedError } from "@/lib/errors.ts";

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
export class RefusalError extends CodedError<RefusalCode> {
  override readonly name = "RefusalError";
}

/** @returns what `lock` returns: a function that releases the lock. */
export const lockOrRefuse = (lock: () => () => void, code: RefusalCode, detail: Record<string, string>) => {
  try {
    return lock();
  } catch (cause) {
    throw new RefusalError(code, detail, { cause });
  }
};
