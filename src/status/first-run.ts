import { z } from "zod";
import type { GatewayRepository } from "@/gateway/repository.ts";
import { type Clock, toTimestamp } from "@/lib/clock.ts";
import { attempt } from "@/lib/errors.ts";
import { jsonIn } from "@/lib/http.ts";
import type { StatusView } from "./view.ts";

export const firstSteps = ["gateway", "model", "codex", "astrbot"] as const;
export type FirstStep = (typeof firstSteps)[number];

const Stored = z.partialRecord(z.enum(firstSteps), z.literal(true));

interface FirstRunDeps {
  repository: Pick<GatewayRepository, "loadState" | "saveState">;
  hasSucceeded: () => boolean;
  clock: Clock;
}

const NAME = "first_run";

/** Which parts have ever worked. Kept, because what once worked and fails now is a problem, and no step to take. */
export const createFirstRun = ({ repository, hasSucceeded, clock }: FirstRunDeps) => {
  let done: z.output<typeof Stored> = Stored.safeParse(jsonIn(repository.loadState(NAME) ?? "")).data ?? {};

  return ({ sidecar_probe, relay, executors, last_model_sync }: StatusView): Record<FirstStep, boolean> => {
    const { codex } = executors;
    const seen: Record<FirstStep, boolean> = {
      gateway: done.gateway ?? sidecar_probe.ok,
      model: done.model ?? relay.last_turn?.outcome === "completed",
      codex: done.codex ?? ((codex.logged_in === true && codex.faults.length === 0) || hasSucceeded()),
      astrbot: done.astrbot ?? last_model_sync !== null,
    };
    const next = Object.fromEntries(firstSteps.filter((step) => seen[step]).map((step) => [step, true as const]));
    if (Object.keys(next).length > Object.keys(done).length) {
      done = next;
      // What cannot be written now is seen again.
      attempt(() => repository.saveState(NAME, JSON.stringify(done), toTimestamp(clock.now())), undefined);
    }
    return seen;
  };
};

export type FirstRun = ReturnType<typeof createFirstRun>;
