import { messageOf } from "@/lib/errors.ts";

/** Why there was no usable answer. `broken`: something answered, but not in HTTP, or not over TLS as asked. */
export type FailureReason = "refused" | "dns" | "reset" | "timeout" | "broken";

export interface GatewayAnswer {
  kind: "answer";
  status: number;
  contentType: string;
  /** undefined when the gateway did not ask for a pause. */
  retryAfterSeconds: number | undefined;
  /** The beginning of the body, the gateway's token masked. */
  text: string;
}

export interface GatewayFailure {
  kind: "failure";
  reason: FailureReason;
  message: string;
}

export type GatewayOutcome =
  | GatewayAnswer
  | GatewayFailure
  /** Not sent: the breaker is open. */
  | { kind: "circuit_open"; retryAfterSeconds: number }
  /** The caller's own signal ended it. */
  | { kind: "aborted" };

/** The codes Bun's fetch gives, measured against real sockets, and the system's codes it passes through. */
const reasons: Readonly<Record<string, FailureReason>> = {
  ECONNREFUSED: "refused",
  EHOSTUNREACH: "refused",
  ENETUNREACH: "refused",
  ENOTFOUND: "dns",
  EAI_AGAIN: "dns",
  ECONNRESET: "reset",
  EPIPE: "reset",
  ETIMEDOUT: "timeout",
};

/** Reads what `fetch`, or reading its body, threw. */
export const failureOf = (error: unknown): GatewayFailure => {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return {
    kind: "failure",
    reason: reasons[code] ?? "broken",
    message: messageOf(error).replace(BUN_ADVICE, ""),
  };
};

const BUN_ADVICE = / For more information, pass `verbose: true`.*$/s;
