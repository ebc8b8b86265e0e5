import { chatTexts, codexAnswerTexts, driftTexts, gatewayClassTexts, memoryGateTexts } from "@/locales/chat-status.ts";
import { formatDuration } from "@/locales/format.ts";
import { fill, type Locale } from "@/locales/locale.ts";
import type { Problem } from "./diagnose.ts";
import { describeProblem } from "./problem-text.ts";
import { verdictOf } from "./verdict.ts";
import type { RunningJobView, StatusView } from "./view.ts";

const MAX_LINE_CHARS = 240;
const MAX_FURTHER = 5;

interface ChatStatus {
  view: StatusView;
  running: Pick<RunningJobView, "job_id" | "started_at"> | null;
  /** The gravest first, without secrets. */
  problems: readonly Problem[];
}

type Say = (key: keyof typeof chatTexts, values?: Readonly<Record<string, string | number>>) => string;

/** The status as a bot pastes it into a chat: what is wrong, why and what helps, then how things are; 20 lines at most. */
export const toChatText = ({ view, running, problems }: ChatStatus, locale: Locale): string => {
  const say: Say = (key, values = {}) => fill(chatTexts[key][locale], values);
  const secondsSince = (timestamp: string) => (Date.parse(view.service.time) - Date.parse(timestamp)) / 1000;
  const age = (timestamp: string) => formatDuration(secondsSince(timestamp), locale);
  const lines = [
    ...verdictLines(problems, locale, say),
    ...gatewayLines(view, locale, say, age),
    memoryLine(view, locale, say),
    jobsLine(view, running, say, age),
    codexLine(view, locale, say),
    modelsLine(view, locale, say, age),
    view.audit.ok ? say("auditOk") : say("auditFailing", { count: view.audit.failed_writes }),
    say("versions", { release: view.service.release, sidecar: view.sidecar.version }),
    say("uptime", { age: formatDuration(view.service.uptime_seconds, locale) }),
  ];
  return lines.map((line) => `${toShortLine(line)}\n`).join("");
};

const verdictLines = (problems: readonly Problem[], locale: Locale, say: Say): string[] => {
  const { worst, further } = verdictOf(problems);
  const titled = (problem: Problem) => say(problem.severity, { title: describeProblem(problem, locale).title });
  const rest = further.slice(0, MAX_FURTHER).map(titled);
  if (further.length > MAX_FURTHER) rest.push(say("further", { count: further.length - MAX_FURTHER }));
  if (!worst) return [further.length === 0 ? say("allWell") : say("withNotices", { count: further.length }), ...rest];
  const { cause, cure, command } = describeProblem(worst, locale);
  return [
    titled(worst),
    say("cause", { text: cause }),
    ...(cure === "" ? [] : [say("cure", { text: cure })]),
    ...(command === undefined ? [] : [say("command", { text: command })]),
    ...rest,
  ];
};

const gatewayLines = (
  { sidecar_probe: probe, breaker }: StatusView,
  locale: Locale,
  say: Say,
  age: (timestamp: string) => string,
): string[] => {
  const checked = () => {
    if (probe.checked_at === null) return say("gatewayUnchecked");
    const values = { age: age(probe.checked_at), latency: Math.round(probe.latency_ms ?? 0) };
    const words = gatewayClassTexts[probe.error_type][locale];
    return probe.ok ? say("gatewayOk", values) : say("gatewayFailed", { ...values, class: words });
  };
  const lines = [checked()];
  if (breaker.state === "open") lines.push(say("breakerOpen", { seconds: breaker.retry_after_seconds }));
  if (breaker.state === "half_open") lines.push(say("breakerHalfOpen"));
  return lines;
};

const memoryLine = ({ memory }: StatusView, locale: Locale, say: Say): string =>
  memory.available_mib === null
    ? say("memoryUnknown")
    : say("memory", { available: memory.available_mib, gate: memoryGateTexts[memory.gate][locale] });

const jobsLine = (
  { worker }: StatusView,
  running: ChatStatus["running"],
  say: Say,
  age: (timestamp: string) => string,
): string => {
  const queued = worker.queue_size;
  if (running) return say("running", { id: running.job_id, age: age(running.started_at), queued });
  return say(worker.running ? "idle" : "stopped", { queued });
};

const codexLine = ({ executors: { codex } }: StatusView, locale: Locale, say: Say): string =>
  codex.available
    ? say("codex", {
        version: codex.version ?? codexAnswerTexts.version.null[locale],
        login: codexAnswerTexts.login[`${codex.logged_in}`][locale],
        sandbox: codexAnswerTexts.sandbox[`${codex.sandbox_works}`][locale],
      })
    : say("codexMissing");

const modelsLine = (
  { last_model_sync: sync, model_source }: StatusView,
  locale: Locale,
  say: Say,
  age: (timestamp: string) => string,
): string =>
  sync === null
    ? say("modelsNever")
    : say("models", {
        count: sync.provider_count,
        age: age(sync.imported_at),
        drift: driftTexts[model_source.state][locale],
      });

/** One line without the marks of code, and without what could break out of it or turn it around. */
const toShortLine = (text: string): string => {
  const chars = Array.from(
    text
      .replaceAll("`", "")
      .replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, " ")
      .trim(),
  );
  return chars.length > MAX_LINE_CHARS ? `${chars.slice(0, MAX_LINE_CHARS).join("")}…` : chars.join("");
};
