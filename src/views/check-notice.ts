import type { ProbeDetail } from "@/gateway/view.ts";
import { isTextKey } from "@/locales/translate.ts";

/** The result of a deep check, as the status page shows it. */
export type CheckNotice =
  | { kind: "ok"; seconds: string }
  | { kind: "fail"; detail: ProbeDetail; status: string; seconds: string }
  | { kind: "refused"; code: RefusalCode };

export type CheckParameter = "check" | "error_type" | "detail" | "status_code" | "latency_ms" | "error_code";

const refusalCodes = [
  "circuit_open",
  "gateway_token_refused",
  "relay_busy",
  "mem_heavy_reject",
  "mem_force_read_only",
] as const;
export type RefusalCode = (typeof refusalCodes)[number];

/**
 * Reads the notice from the page's query. Anyone can write such a link, so it picks among sentences of ours and adds
 * nothing but digits.
 */
export const readCheckNotice = (query: (name: CheckParameter) => string | undefined): CheckNotice | null => {
  const digits = (name: CheckParameter) => (/^\d{1,6}$/.test(query(name) ?? "") ? Number(query(name)) : 0);
  const seconds = (digits("latency_ms") / 1000).toFixed(1);
  switch (query("check")) {
    case "ok":
      return { kind: "ok", seconds };
    case "fail": {
      const detail = query("detail") ?? "";
      return {
        kind: "fail",
        detail: isDetail(detail) ? detail : "unexpected_answer",
        status: String(digits("status_code")),
        seconds,
      };
    }
    case "refused": {
      const code = refusalCodes.find((known) => known === query("error_code"));
      return code === undefined ? null : { kind: "refused", code };
    }
    default:
      return null;
  }
};

const isDetail = (text: string): text is Exclude<ProbeDetail, ""> =>
  text !== "ok" && isTextKey(`gateway.${text}.cause`);
