import type { MiddlewareHandler } from "hono";
import type { MemoryGate, WorkKind } from "@/gates/memory.ts";
import { described } from "./described.ts";
import type { AppEnv } from "./env.ts";

/** Refuses this kind of work while memory is short, before its body is read. */
export const gate = (memoryGate: MemoryGate, kind: WorkKind): MiddlewareHandler<AppEnv> =>
  described(
    async function gate(_c, next) {
      memoryGate.check(kind);
      await next();
    },
    { errors: kind === "heavy" ? ["mem_heavy_reject", "mem_force_read_only"] : ["mem_force_read_only"] },
  );
