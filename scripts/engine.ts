/**
 * How JavaScriptCore compiles and collects garbage. It reads the environment before any code runs, so these are set
 * when the executable is started. Measured on Bun 1.4.5, see bench/README.md.
 */

export const serviceEngine = {
  // Two of the three compilers: half the processor time of the first alone, 1.4 MiB less after use than with all.
  BUN_JSC_useFTLJIT: "0",
  // The start runs everything once, so compiling it does not pay.
  BUN_JSC_startupJITDeferralScale: "50",
  // Twenty times the default: a quiet service compiles little.
  BUN_JSC_thresholdForJITAfterWarmUp: "10000",
  // Frees compiled code that has not run since the previous collection, such as that of a burst.
  BUN_JSC_useEagerCodeBlockJettisonTiming: "1",
  // Compiler and collector threads take memory, and requests cost less without them (measured on two cores).
  BUN_JSC_useConcurrentJIT: "0",
  BUN_JSC_useConcurrentGC: "0",
  BUN_JSC_numberOfGCMarkers: "1",
  // Saves half a MiB of heap that is kept ready for a burst.
  BUN_JSC_useWarmUpMarkedBlocks: "0",
  // Collects the garbage of a burst: one second after the heap last grew, two seconds later, and so on for eighteen.
  BUN_IDLE_GC_SECONDS: "1,2,1,2,1,2,1,2,1,2,1,2",
};

/** A command that runs for a second does not gain from compiling; this saves 7 MiB. */
export const toolEngine = { BUN_JSC_useJIT: "0" };
