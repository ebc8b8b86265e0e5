import { RefusalError } from "@/backup/refusal.ts";
import { rootCauseOf } from "@/lib/errors.ts";
import { backupTexts, refusalTexts } from "@/locales/backup.ts";
import { fill, type Locale } from "@/locales/locale.ts";

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
    const isRefusal = error instanceof RefusalError;
    const message = rootCauseOf(error);
    complain(
      isRefusal ? fill(refusalTexts[error.code][locale], error.detail) : fill(backupTexts[locale].failed, { message }),
    );
    return undefined;
  }
};
