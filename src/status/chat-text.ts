import { formatDuration } from "@/locales/format.ts";
import type { Locale } from "@/locales/locale.ts";
import { translate } from "@/locales/translate.ts";
import { type Problem, verdictOf } from "./diagnose.ts";
import { describeProblem } from "./problem-text.ts";
import type { RunningJobView, StatusView } from "./view.ts";

const MAX_LINE_CHARS = 240;
const MAX_FURTHER = 5;

interface ChatStatus {
  view: StatusView;
  running: Pick<RunningJobView, "job_id" | "started_at"> | null;
  /** The most severe first, without secrets. */
  problems: readonly Problem[];
}

/** The status for a bot to paste into a chat: the verdict, then each part; 20 lines at most. */
export const toChatText = (status: ChatStatus, locale: Locale): string =>
  [...verdictLines(status, locale), ...partLines(status, locale)].map((line) => `${toShortLine(line)}\n`).join("");

const verdictLines = ({ problems }: ChatStatus, locale: Locale): string[] => {
  const t = translate(locale);
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

const partLines = ({ view, running }: ChatStatus, locale: Locale): string[] => {
  const t = translate(locale);
  const { sidecar_probe: probe, breaker, memory, worker, last_model_sync: sync, audit, service } = view;
  const { codex } = view.executors;
  const age = (timestamp: string) => formatDuration((Date.parse(service.time) - Date.parse(timestamp)) / 1000, locale);
  const queued = worker.queue_size;

  const gateway = () => {
    if (probe.checked_at === null) return t("chat.gateway_unchecked");
    const checked = age(probe.checked_at);
    return probe.ok
      ? t("chat.gateway_ok", { latency: Math.round(probe.latency_ms ?? 0), age: checked })
      : t("chat.gateway_failed", { class: t(`gateway.class.${probe.error_type || "ok"}`), age: checked });
  };

  return [
    gateway(),
    ...(breaker.state === "open" ? [t("chat.breaker_open", { seconds: breaker.retry_after_seconds })] : []),
    ...(breaker.state === "half_open" ? [t("chat.breaker_half_open")] : []),
    memory.available_mib === null
      ? t("chat.memory_unknown")
      : t("chat.memory", { available: memory.available_mib, gate: t(`chat.gate.${memory.gate}`) }),
    running
      ? t("chat.running", { id: running.job_id, age: age(running.started_at), queued })
      : t(worker.running ? "chat.idle" : "chat.stopped", { queued }),
    codex.available
      ? t("chat.codex", {
          version: codex.version ?? t("codex.version.unknown"),
          login: t(`codex.login.${codex.logged_in}`),
          sandbox: t(`codex.sandbox.${codex.sandbox_works}`),
        })
      : t("chat.codex_missing"),
    sync === null
      ? t("chat.models_never")
      : t("chat.models", {
          count: sync.provider_count,
          age: age(sync.imported_at),
          drift: t(`chat.drift.${view.model_source.state}`),
        }),
    audit.ok ? t("chat.audit_ok") : t("chat.audit_failing", { count: audit.failed_writes }),
    t("chat.versions", { release: service.release, sidecar: view.sidecar.version }),
    t("chat.uptime", { age: formatDuration(service.uptime_seconds, locale) }),
  ];
};

/** One line without code marks or characters that could break the line or reverse its direction. */
const toShortLine = (text: string): string => {
  const chars = Array.from(
    text
      .replaceAll("`", "")
      .replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, " ")
      .trim(),
  );
  return chars.length > MAX_LINE_CHARS ? `${chars.slice(0, MAX_LINE_CHARS).join("")}…` : chars.join("");
};
