/**
 * How JavaScriptCore compiles and collects; it reads its environment before any code runs, so it is set where the
 * executable is started. bench/README.md has the figures, measured on Bun 1.4.5.
 */

export const serviceEngine = {
  // The first two of its three compilers: half the processor time of the first alone, 1.4 MiB less after use than all.
  BUN_JSC_useFTLJIT: "0",
  // The start runs everything once: nothing of it is worth compiling, nor the time that takes.
  BUN_JSC_startupJITDeferralScale: "50",
  // What is compiled has run twenty times as often as by default: a quiet service compiles little.
  BUN_JSC_thresholdForJITAfterWarmUp: "10000",
  // Code that has not run since the collection before goes with the next: what a burst has compiled is given back.
  BUN_JSC_useEagerCodeBlockJettisonTiming: "1",
  // Threads that compile and collect beside us only take memory: answers cost less without (measured on two cores).
  BUN_JSC_useConcurrentJIT: "0",
  BUN_JSC_useConcurrentGC: "0",
  BUN_JSC_numberOfGCMarkers: "1",
  // No half a mebibyte of heap kept ready for a burst.
  BUN_JSC_useWarmUpMarkedBlocks: "0",
  // Collects what a burst has left: a second after the heap has grown last, two after that, and so on for eighteen. A
  // heap that grows no more while a longer burst lasts is collected by the next growth.
  BUN_IDLE_GC_SECONDS: "1,2,1,2,1,2,1,2,1,2,1,2",
};

/** What runs for a second gains nothing from compiling, and saves 7 MiB without. */
export const toolEngine = { BUN_JSC_useJIT: "0" };
