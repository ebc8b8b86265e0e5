import { formatDuration } from "@/locales/format.ts";
import type { Locale } from "@/locales/locale.ts";
import { type Translate, translate } from "@/locales/translate.ts";
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

/** The status as a bot pastes it into a chat: what is wrong, why and what helps, then how things are; 20 lines at most. */
export const toChatText = ({ view, running, problems }: ChatStatus, locale: Locale): string => {
  const t = translate(locale);
  const secondsSince = (timestamp: string) => (Date.parse(view.service.time) - Date.parse(timestamp)) / 1000;
  const age = (timestamp: string) => formatDuration(secondsSince(timestamp), locale);
  const lines = [
    ...verdictLines(problems, locale, t),
    ...gatewayLines(view, t, age),
    memoryLine(view, t),
    jobsLine(view, running, t, age),
    codexLine(view, t),
    modelsLine(view, t, age),
    view.audit.ok ? t("chat.audit_ok") : t("chat.audit_failing", { count: view.audit.failed_writes }),
    t("chat.versions", { release: view.service.release, sidecar: view.sidecar.version }),
    t("chat.uptime", { age: formatDuration(view.service.uptime_seconds, locale) }),
  ];
  return lines.map((line) => `${toShortLine(line)}\n`).join("");
};

const verdictLines = (problems: readonly Problem[], locale: Locale, t: Translate): string[] => {
  const { worst, further } = verdictOf(problems);
  const titled = (problem: Problem) => t(`chat.${problem.severity}`, { title: describeProblem(problem, locale).title });
  const rest = further.slice(0, MAX_FURTHER).map(titled);
  if (further.length > MAX_FURTHER) rest.push(t("chat.further", { count: further.length - MAX_FURTHER }));
  if (!worst) {
    return [further.length === 0 ? t("status.all_ok") : t("chat.all_ok_notices", { count: further.length }), ...rest];
  }
  const { cause, fix, command } = describeProblem(worst, locale);
  return [
    titled(worst),
    t("chat.cause", { text: cause }),
    ...(fix === "" ? [] : [t("chat.fix", { text: fix })]),
    ...(command === undefined ? [] : [t("chat.command", { text: command })]),
    ...rest,
  ];
};

const gatewayLines = (
  { sidecar_probe: probe, breaker }: StatusView,
  t: Translate,
  age: (timestamp: string) => string,
): string[] => {
  const checked = () => {
    if (probe.checked_at === null) return t("chat.gateway_unchecked");
    const values = { age: age(probe.checked_at), latency: Math.round(probe.latency_ms ?? 0) };
    const words = t(`gateway.class.${probe.error_type || "ok"}`);
    return probe.ok ? t("chat.gateway_ok", values) : t("chat.gateway_failed", { ...values, class: words });
  };
  const lines = [checked()];
  if (breaker.state === "open") lines.push(t("chat.breaker_open", { seconds: breaker.retry_after_seconds }));
  if (breaker.state === "half_open") lines.push(t("chat.breaker_half_open"));
  return lines;
};

const memoryLine = ({ memory }: StatusView, t: Translate): string =>
  memory.available_mib === null
    ? t("chat.memory_unknown")
    : t("chat.memory", { available: memory.available_mib, gate: t(`chat.gate.${memory.gate}`) });

const jobsLine = (
  { worker }: StatusView,
  running: ChatStatus["running"],
  t: Translate,
  age: (timestamp: string) => string,
): string => {
  const queued = worker.queue_size;
  if (running) return t("chat.running", { id: running.job_id, age: age(running.started_at), queued });
  return t(worker.running ? "chat.idle" : "chat.stopped", { queued });
};

const codexLine = ({ executors: { codex } }: StatusView, t: Translate): string =>
  codex.available
    ? t("chat.codex", {
        version: codex.version ?? t("codex.version.unknown"),
        login: t(`codex.login.${codex.logged_in}`),
        sandbox: t(`codex.sandbox.${codex.sandbox_works}`),
      })
    : t("chat.codex_missing");

const modelsLine = (
  { last_model_sync: sync, model_source }: StatusView,
  t: Translate,
  age: (timestamp: string) => string,
): string =>
  sync === null
    ? t("chat.models_never")
    : t("chat.models", {
        count: sync.provider_count,
        age: age(sync.imported_at),
        drift: t(`chat.drift.${model_source.state}`),
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
