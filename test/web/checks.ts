/** Counts what held and what did not, and tells the latter at once. */
export const createChecks = () => {
  let passed = 0;
  let failed = 0;
  return {
    async check(name: string, holds: () => unknown): Promise<void> {
      try {
        await holds();
        passed++;
      } catch (error) {
        failed++;
        console.log(
          `FAILED ${name}\n  ${String(error instanceof Error ? error.message : error).replaceAll("\n", "\n  ")}`,
        );
      }
    },
    summary: () => `${passed} passed, ${failed} failed`,
    hasFailed: () => failed > 0,
  };
};

export type Checks = ReturnType<typeof createChecks>;

/** @throws with both values when they differ. */
export const same = (found: unknown, wanted: unknown, what = "value"): void => {
  const [is, shouldBe] = [JSON.stringify(found), JSON.stringify(wanted)];
  if (is !== shouldBe) throw new Error(`${what} is ${is}, not ${shouldBe}`);
};
