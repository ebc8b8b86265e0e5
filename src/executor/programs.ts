import type { Environment } from "@/lib/env-file.ts";
import { oncePerTick } from "@/lib/once-per-tick.ts";
import type { ExecutorView } from "./view.ts";

const SHELL = "/bin/sh";

interface ProgramsOptions {
  codexBin: string;
  geminiBin: string;
  environment: Environment;
}

/** Looks the executors' programs up at every call: installing one needs no restart. */
export const createPrograms = ({ codexBin, geminiBin, environment }: ProgramsOptions) => {
  const finder = (bin: string) => oncePerTick(() => Bun.which(bin, { PATH: environment.PATH ?? "" }) ?? "");
  const findCodex = finder(codexBin);
  const findGemini = finder(geminiBin);

  return {
    codexBin,
    /** "" when there is none that may be executed. */
    findCodex,
    view(): { codex: ExecutorView; gemini: ExecutorView; shell: ExecutorView } {
      const codexPath = findCodex();
      const geminiPath = findGemini();
      const hasCodex = codexPath !== "";
      return {
        codex: { available: hasCodex, enabled: hasCodex, bin: codexBin, path: codexPath, reason: "" },
        gemini: {
          available: geminiPath !== "",
          enabled: false,
          bin: geminiBin,
          path: geminiPath,
          reason: "v1.1_disabled",
        },
        shell: { available: true, enabled: false, bin: SHELL, path: SHELL, reason: "v1.1_not_enabled" },
      };
    },
  };
};

export type Programs = ReturnType<typeof createPrograms>;
