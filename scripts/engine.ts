/**
 * How JavaScriptCore compiles and collects; it reads its environment before any code runs, so it is set where the
 * executable is started. bench/README.md has the figures, measured on Bun 1.4.5.
 */

export const serviceEngine = {
  // Without its optimizing compilers: about the same processor time an answer, 5 MiB less after use.
  BUN_JSC_useDFGJIT: "0",
  // What is compiled has run ten times as often as by default: a quiet service compiles little.
  BUN_JSC_thresholdForJITAfterWarmUp: "5000",
  // Code that has not run since the collection before goes with the next: what a burst has compiled is given back.
  BUN_JSC_useEagerCodeBlockJettisonTiming: "1",
  // No half a mebibyte of heap kept ready for a burst.
  BUN_JSC_useWarmUpMarkedBlocks: "0",
  // Collects what a burst has left two seconds after the heap has grown last, and again after two and two more.
  BUN_IDLE_GC_SECONDS: "2,2,2",
};

/** What runs for a second gains nothing from compiling, and saves 7 MiB without. */
export const toolEngine = { BUN_JSC_useJIT: "0" };
