import type { MiddlewareHandler } from "hono";
import type { MemoryGate, WorkKind } from "@/gates/memory.ts";
import type { AppEnv } from "./env.ts";

/** Refuses this kind of work while memory is short, before its body is read. */
export const gate = (memoryGate: MemoryGate, kind: WorkKind): MiddlewareHandler<AppEnv> =>
  async function gate(_c, next) {
    memoryGate.check(kind);
    await next();
  };
