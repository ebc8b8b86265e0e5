/**
 * Prepares a statement on its first use. Preparing all of them at the start takes 20 ms and one MiB more when idle
 * (bench/README.md).
 */
export const prepared = <Statement>(query: () => { prepare(): Statement }): (() => Statement) => {
  let statement: Statement | undefined;
  return () => {
    statement ??= query().prepare();
    return statement;
  };
};
