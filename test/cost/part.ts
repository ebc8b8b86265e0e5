/** A part of `bun run test:cost`: it prints its table. */
export interface CostOptions {
  /** For CI: fewer and smaller inputs. */
  short: boolean;
}

export interface CostResult {
  passed: number;
  failed: number;
}

export type CostPart = (options: CostOptions) => Promise<CostResult>;
