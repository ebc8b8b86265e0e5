import { RefusalError } from "@/backup/refusal.ts";
import { rootCauseOf } from "@/lib/errors.ts";
import type { Locale } from "@/locales/locale.ts";
import { translate } from "@/locales/translate.ts";

/**
 * Takes all the steps.
 * @returns undefined when one of them failed, which has then been told.
 */
export const finish = <Result>(
  steps: Generator<string, Result, void>,
  { locale, complain }: { locale: Locale; complain: (line: string) => void },
): Result | undefined => {
  try {
    let step = steps.next();
    while (!step.done) step = steps.next();
    return step.value;
  } catch (error) {
    const t = translate(locale);
    const isRefusal = error instanceof RefusalError;
    const message = rootCauseOf(error);
    complain(isRefusal ? t(`backup.refusal.${error.code}`, error.detail) : t("backup.failed", { message }));
    return undefined;
  }
};
