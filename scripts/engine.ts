/**
 * How much JavaScriptCore compiles; it reads its environment before any code runs, so it is set where the executable
 * is started. bench/README.md has the figures.
 */

/** Without its optimizing compilers: about the same processor time an answer, 5 MiB less after use, 3 MiB less resident when idle. */
export const serviceEngine = { BUN_JSC_useDFGJIT: "0" };

/** What runs for a second gains nothing from compiling, and saves 7 MiB without. */
export const toolEngine = { BUN_JSC_useJIT: "0" };
