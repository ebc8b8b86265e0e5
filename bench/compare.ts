/** Less than this is nobody's concern, however still the machine was. */
const LEAST_SHARE = 0.05;

/**
 * Of Student's distribution, for one run in a hundred, by how many kept results there are: with few of them their
 * deviation is itself uncertain. A ratio must be worse in two runs to fail the check, so that about one check in 500
 * fails for nothing.
 */
const DEVIATIONS: Readonly<Record<number, number>> = { 3: 6.96, 4: 4.54, 5: 3.75, 6: 3.36, 7: 3.14, 8: 3 };
export const FEWEST_KEPT = 3;
export const MOST_KEPT = 8;

export interface Comparison {
  usual: number;
  /** By how much of the usual ratio this one is worse. */
  worseBy: number;
  /** By how much it may be, as the kept ones lie apart. */
  noise: number;
  isWorse: boolean;
}

/** @returns nothing with too few kept results to know the noise from. */
export const compare = (now: number, kept: readonly number[]): Comparison | undefined => {
  const deviations = DEVIATIONS[kept.length];
  if (deviations === undefined) return undefined;
  const usual = kept.reduce((sum, ratio) => sum + ratio, 0) / kept.length;
  const squares = kept.reduce((sum, ratio) => sum + (ratio - usual) ** 2, 0);
  // One more result differs from the mean of the kept ones by its own deviation and by that of the mean.
  const deviation = Math.sqrt((squares / (kept.length - 1)) * (1 + 1 / kept.length));
  const noise = Math.max(LEAST_SHARE, (deviations * deviation) / usual);
  const worseBy = now / usual - 1;
  return { usual, worseBy, noise, isWorse: worseBy > noise };
};
