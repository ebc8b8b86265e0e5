import { formatDuration, formatMib } from "@/locales/format.ts";
import { type Locale, type TextKey, translate } from "@/locales/translate.ts";
import { runnerName } from "@/models/capability.ts";
import { originKey } from "@/models/sync.ts";
import { type Problem, verdictOf } from "./diagnose.ts";
import type { HostCommands } from "./host-commands.ts";
import { describeProblem } from "./problem-text.ts";
import type { StatusView } from "./view.ts";

const MAX_LINE_CHARS = 240;
const MAX_FURTHER_LINES = 5;

type ChatView = StatusView & {
  running_job: { job_id: string; started_at: string } | null;
  commands?: HostCommands;
};

/**
 * The status for a bot to paste into a chat: the verdict, then each part; 20 lines at most.
 * @param problems the most severe first, without secrets.
 */
export const toChatText = (view: ChatView, problems: readonly Problem[], locale: Locale): string =>
  [...verdictLines(problems, locale, view.commands), ...partLines(view, locale)]
    .map((line) => `${toShortLine(line)}\n`)
    .join("");

const verdictLines = (problems: readonly Problem[], locale: Locale, host?: HostCommands): string[] => {
  const t = translate(locale);
  const { worst, further } = verdictOf(problems);
  const line = (name: TextKey, text: string) => t("chat.line", { name: t(name), text });
  const titled = (problem: Problem, text = describeProblem(problem, locale).title) =>
    line(`status.severity_${problem.severity}`, text);
  /** What Codex said stands nowhere else in the text. */
  const furtherLines = (problem: Problem): string[] => {
    if (problem.severity === "notice" || !problem.kind.startsWith("codex_")) return [titled(problem)];
    const { title, cause, fix } = describeProblem(problem, locale);
    const first = titled(problem, t("chat.line", { name: title, text: cause }));
    const joined = `${first} ${fix}`;
    return joined.length > MAX_LINE_CHARS ? [first, line("status.fix", fix)] : [joined];
  };
  const rest: string[] = [];
  let shown = 0;
  for (const lines of further.map(furtherLines)) {
    if (rest.length + lines.length > MAX_FURTHER_LINES) break;
    rest.push(...lines);
    shown++;
  }
  if (further.length > shown) rest.push(t("chat.further", { count: further.length - shown }));
  if (!worst) {
    return [further.length === 0 ? t("status.all_ok") : t("chat.all_ok_notices", { count: further.length }), ...rest];
  }
  const { cause, fix, command } = describeProblem(worst, locale, host);
  return [
    titled(worst),
    line("status.cause", cause),
    ...(fix === "" ? [] : [line("status.fix", fix)]),
    ...(command === undefined ? [] : [line("status.command", command)]),
    ...rest,
  ];
};

const partLines = (view: ChatView, locale: Locale): string[] => {
  const t = translate(locale);
  const { sidecar_probe: probe, last_model_sync: sync, running_job: running } = view;
  const { service, breaker, memory, worker, audit } = view;
  const { codex } = view.executors;
  const { state, agent_runner: runner } = view.model_source;
  const secondsUntil = (timestamp: string) => (Date.parse(timestamp) - Date.parse(service.time)) / 1000;
  const age = (timestamp: string) => formatDuration(-secondsUntil(timestamp), locale);
  const line = (name: string, text: string) => t("chat.line", { name, text });
  const [seconds, queued] = [breaker.retry_after_seconds, worker.queue_size];
  const version = codex.version ?? t("codex.version.unknown");
  const [login, sandbox] = [t(`codex.login.${codex.logged_in}`), t(`codex.sandbox.${codex.sandbox_works}`)];
  const models =
    sync === null || state === "never_synced"
      ? line(t("models.list"), t("models.never_synced"))
      : t("chat.models", {
          count: sync.provider_count,
          age: age(sync.imported_at),
          origin: t(originKey(view.model_source)),
          drift: t(`models.drift_${state}`),
        });

  return [
    probe.checked_at === null
      ? line(t("status.gateway"), t("status.probe_pending"))
      : t(probe.ok ? "chat.gateway_ok" : "chat.gateway_failed", {
          latency: Math.round(probe.latency_ms ?? 0),
          class: t(`gateway.class.${probe.error_type || "ok"}`),
          age: age(probe.checked_at),
        }),
    ...(breaker.state === "closed" ? [] : [t(`chat.breaker_${breaker.state}`, { seconds })]),
    memory.available_mib === null
      ? line(t("status.memory"), t("status.memory_unknown"))
      : t("chat.memory", { available: formatMib(memory.available_mib), gate: t(`status.memory_${memory.gate}`) }),
    running
      ? t("chat.running", { id: running.job_id, age: age(running.started_at), queued })
      : t(worker.running ? "chat.idle" : "chat.stopped", { queued }),
    ...(codex.retry_at ? [t("chat.held", { left: formatDuration(secondsUntil(codex.retry_at), locale) })] : []),
    codex.available ? t("chat.codex", { version, login, sandbox }) : line("Codex", t("status.executor_missing")),
    runner ? t("chat.agent_runner", { models, name: runnerName(runner.type) }) : models,
    audit.ok ? t("chat.audit_ok") : t("chat.audit_failing", { count: audit.failed_writes }),
    t("chat.versions", { release: service.release, sidecar: view.sidecar.version }),
    t("chat.uptime", { age: formatDuration(service.uptime_seconds, locale) }),
  ];
};

/** One line without code marks or characters that could break the line or reverse its direction. */
export const toShortLine = (text: string, maxChars = MAX_LINE_CHARS): string => {
  const line = text.replaceAll("`", "").replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, " ");
  const chars = Array.from(line.trim());
  return chars.length > maxChars ? `${chars.slice(0, maxChars).join("")}…` : chars.join("");
};
