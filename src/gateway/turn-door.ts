import { AppError } from "@/lib/errors.ts";
import type { Breaker, Permit } from "./breaker.ts";
import type { TokenCare } from "./token-care.ts";

export interface TurnRefusal {
  kind: "refused";
  code: "circuit_open" | "gateway_token_refused";
  retryAfterSeconds: number;
}

interface DoorDeps {
  breaker: Breaker;
  tokenCare: TokenCare;
}

/** What keeps turns from a gateway: its failing, and its having refused our token. */
export const createTurnDoor = ({ breaker, tokenCare }: DoorDeps) => {
  const heldToken = (): TurnRefusal | undefined => {
    const retryAfterSeconds = tokenCare.heldForSeconds();
    if (retryAfterSeconds === undefined) return undefined;
    return { kind: "refused", code: "gateway_token_refused", retryAfterSeconds };
  };
  return {
    /** What a turn would be told now; nobody's place is taken. */
    refusal(): TurnRefusal | undefined {
      const refused = breaker.refusal();
      return heldToken() ?? (refused && { ...refused, code: "circuit_open" });
    },
    admit(traceId: string): { kind: "admitted"; permit: Permit } | TurnRefusal {
      const held = heldToken();
      if (held) return held;
      const admission = breaker.admit({ canProve: "turn", traceId });
      return admission.kind === "admitted" ? admission : { ...admission, code: "circuit_open" };
    },
  };
};

/** What the caller is told when every gateway refused: the shortest wait. */
export const toError = (refusals: readonly TurnRefusal[]): AppError => {
  const [soonest] = refusals.toSorted((a, b) => a.retryAfterSeconds - b.retryAfterSeconds);
  return new AppError(soonest?.code ?? "circuit_open", {
    retryAfterSeconds: Math.max(1, soonest?.retryAfterSeconds ?? 1),
  });
};
