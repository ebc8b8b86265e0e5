import type { Config } from "@/config.ts";
import type { Redactor } from "@/executor/redact.ts";
import type { Clock } from "@/lib/clock.ts";
import {
  createRequest,
  type Fetch,
  type HttpAnswer,
  jsonIn,
  MAX_RETRY_AFTER_SECONDS,
  type NetworkFault,
  retryAfterOf,
} from "@/lib/http.ts";
import { cutBytes, printable } from "@/lib/text.ts";
import type { News } from "../repository.ts";
import { type ChannelName, type Reason, services } from "./services.ts";

/** What Standard Webhooks gives a receiver at least. */
const TIMEOUT_MS = 15_000;
const MAX_ANSWER_BYTES = 16 * 1024;
const MAX_DETAIL_BYTES = 300;

interface ChannelDeps {
  fetch: Fetch;
  clock: Clock;
  /** The other side's words may hold its own secrets. */
  redact: Redactor;
}

/** A repetition may succeed; what is not among them is refused for good. */
const PASSING: ReadonlySet<Reason> = new Set([
  "delivery.unreachable",
  "delivery.dns",
  "delivery.timeout",
  "delivery.tls",
  "delivery.unavailable",
  "delivery.rate_limited",
  "delivery.astrbot_platform",
  "delivery.astrbot_send",
]);

export type Delivery =
  | { kind: "delivered" }
  /** A repetition would be refused, too; unless for `delivery.rejected`, until a setting is corrected. */
  | { kind: "refused"; reason: Reason; detail: string }
  | { kind: "failed"; reason: Reason; detail: string; retryAfterMs?: number };

export type Channel = ReturnType<typeof createChannels>[number];

/** Those that are configured. */
export const createChannels = ({ astrbot, webhook }: Config["notify"], deps: ChannelDeps) => {
  const { clock, redact } = deps;
  const request = createRequest({ ...deps, timeoutMs: TIMEOUT_MS });

  const failed = (reason: Reason, said: string, retryAfterMs?: number): Delivery => {
    const detail = cutBytes(printable(redact(said)).replace(/\s+/g, " ").trim(), MAX_DETAIL_BYTES);
    if (!PASSING.has(reason)) return { kind: "refused", reason, detail };
    return { kind: "failed", reason, detail, ...(retryAfterMs !== undefined && { retryAfterMs }) };
  };

  const toDelivery = (name: ChannelName, answer: HttpAnswer): Delivery => {
    const { status, text } = answer;
    const { reasons, read } = services[name];
    const json = fieldsOf(jsonIn(text));
    const said = read(json, status, text);
    if (status >= 200 && status < 300 && said === "") return { kind: "delivered" };
    const known = said === undefined ? undefined : reasons.find(([pattern]) => pattern.test(said));
    const reason = known?.[1] ?? reasonOf(status) ?? (said === undefined ? foreignTo(name) : reasonOfRefusal(status));
    const seconds = retryAfterOf(answer, clock) ?? Number(fieldsOf(json.parameters).retry_after);
    const pauseMs = seconds >= 0 ? Math.min(seconds, MAX_RETRY_AFTER_SECONDS) * 1000 : undefined;
    return failed(reason, `HTTP ${status}: ${said || text}`, pauseMs);
  };

  const createChannel = (name: ChannelName, url: string, secret: string, chat = "") => ({
    name,
    /** @param to another chat than the configured one; only AstrBot has several. */
    async send(news: News, to = chat): Promise<Delivery> {
      const service = services[name];
      if (name === "astrbot" && to === "") return failed("delivery.astrbot_umo", "");
      // "<at user_id=all>", "<@all>", "<!here>" and "@everyone" would call everybody in the group.
      const lines = news.lines
        .join("\n")
        .toWellFormed()
        .replace(/<(?=at\b|[@!])/gi, "‹")
        .replace(/@(?=everyone|here)/gi, "＠");
      const text = cutBytes(lines, service.maxBytes);
      const { body, headers, ...other } = service.request(
        text,
        { url, secret, to, nowMs: clock.now().getTime() },
        news,
      );
      const answer = await request(other.url ?? url, {
        method: "POST",
        headers: { "Content-Type": "application/json; charset=utf-8", ...headers },
        body: typeof body === "string" ? body : JSON.stringify(body),
        maxAnswerBytes: MAX_ANSWER_BYTES,
      });
      return answer.kind === "failure"
        ? failed(networkReasons[answer.detail], answer.message)
        : toDelivery(name, answer);
    },
  });

  return [
    ...(astrbot.key === "" ? [] : [createChannel("astrbot", astrbot.url, astrbot.key, astrbot.umo)]),
    ...(webhook ? [createChannel(webhook.kind, webhook.url, webhook.secret)] : []),
  ];
};

const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null ? { ...value } : {};

const networkReasons: Readonly<Record<NetworkFault, Reason>> = {
  refused: "delivery.unreachable",
  dns: "delivery.dns",
  reset: "delivery.unreachable",
  unexpected_answer: "delivery.unreachable",
  timeout: "delivery.timeout",
  tls_failed: "delivery.tls",
  certificate: "delivery.tls",
};

/** Of an answer that is not one of this service. */
const foreignTo = (name: ChannelName): Reason => (name === "astrbot" ? "delivery.astrbot_old" : "delivery.foreign");

const reasonOfRefusal = (status: number): Reason =>
  status === 401 || status === 403 ? "delivery.key" : "delivery.rejected";

/** For a status that is enough, regardless of what sent it. */
const reasonOf = (status: number): Reason | undefined => {
  if (status >= 300 && status < 400) return "delivery.redirected";
  if (status === 429) return "delivery.rate_limited";
  return status >= 500 || status === 408 || status === 425 ? "delivery.unavailable" : undefined;
};
