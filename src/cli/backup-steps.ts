import { RefusalError } from "@/backup/refusal.ts";
import { rootCauseOf } from "@/lib/errors.ts";
import type { Locale } from "@/locales/locale.ts";
import { translate } from "@/locales/translate.ts";

/** @returns undefined after a failure, which it reports. */
export const finish = <Result>(
  work: () => Result,
  { locale, complain }: { locale: Locale; complain: (line: string) => void },
): Result | undefined => {
  try {
    return work();
  } catch (error) {
    const t = translate(locale);
    const isRefusal = error instanceof RefusalError;
    const message = rootCauseOf(error);
    complain(isRefusal ? t(`backup.refusal.${error.code}`, error.detail) : t("backup.failed", { message }));
    return undefined;
  }
};
