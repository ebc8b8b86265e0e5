import { errorText, type JobRow } from "@/jobs/state.ts";
import { firstChars } from "@/lib/text.ts";
import { formatSpent, formatTimestamp } from "@/locales/format.ts";
import { isTextKey, type Locale, type TextKey, translate } from "@/locales/translate.ts";
import { toShortLine } from "@/status/chat-text.ts";
import type { Problem } from "@/status/diagnose.ts";
import type { HostCommands } from "@/status/host-commands.ts";
import { describeProblem } from "@/status/problem-text.ts";
import type { Message, OpenProblem } from "./repository.ts";

const MAX_RESULT_CHARS = 300;
const MAX_LINE_CHARS = MAX_RESULT_CHARS + 40;
const MAX_TITLE_CHARS = 80;

interface RenderDeps {
  locale: Locale;
  /** Whether the beginning of a job's result is part of its message. */
  withResult: boolean;
  publicUrl: string | undefined;
  hostCommands: () => HostCommands;
  redact: (text: string) => string;
}

type Data = Message["data"];

/** The messages in the chat's language: what, since when, cause, fix, and the page's address. */
export const createRenderer = ({ locale, withResult, publicUrl, hostCommands, redact }: RenderDeps) => {
  const t = translate(locale);
  const named = (name: TextKey, text: string) => text && t("chat.line", { name: t(name), text });
  const masked = (value: string | number) => (typeof value === "string" ? redact(value) : value);
  const time = (timestamp: string) => formatTimestamp(timestamp) ?? timestamp;

  /** `data` in the order of the lines; an empty line is left out. */
  const message = (kind: Message["kind"], at: string, path: string, lines: readonly string[], data: Data): Message => {
    const url = publicUrl === undefined ? "" : publicUrl + path;
    return {
      kind,
      at,
      since: null,
      lines: [...lines.filter(Boolean).map((line) => toShortLine(line, MAX_LINE_CHARS)), ...(url === "" ? [] : [url])],
      data: { ...data, url },
    };
  };

  return {
    problem(kind: "problem" | "queue_held", problem: Problem, at: string, since: string): Message {
      // Only what others wrote is masked: our own sentences mention tokens too.
      const values = Object.fromEntries(Object.entries(problem.values).map(([name, value]) => [name, masked(value)]));
      const { title, cause, fix, command = "" } = describeProblem({ ...problem, values }, locale, hostCommands());
      const lines = [
        t("chat.line", { name: t(`status.severity_${problem.severity}`), text: title }),
        named("news.since", time(since)),
        named("status.cause", cause),
        named("status.fix", fix),
        named("status.command", command),
      ];
      const data = { problem: problem.kind, severity: problem.severity, since, title, cause, fix, command };
      return { ...message(kind, at, "/web/status", lines, data), since };
    },

    /** @param isUnannounced whether no message has said that it began. */
    over(kind: "problem_over" | "queue_released", problem: OpenProblem, at: string, isUnannounced: boolean): Message {
      const { since, title } = problem;
      const line = kind === "queue_released" ? t("news.queue_released") : t("news.over", { title });
      const data = { problem: problem.kind, severity: problem.severity, since, until: at, title };
      const period = t("news.period", { since: time(since), until: time(at) });
      return { ...message(kind, at, "/web/status", [line, period], data), since: isUnannounced ? since : null };
    },

    job(job: JobRow): Message {
      const { jobId, state, errorCode, durationMs } = job;
      const [firstLine = ""] = job.task.trim().split("\n", 1);
      const title = firstChars(redact(firstLine), MAX_TITLE_CHARS);
      const error = redact(errorText(job, t));
      const fixKey = `job.error.${errorCode}.fix`;
      const fix = isTextKey(fixKey) ? t(fixKey) : "";
      const spent = durationMs === null ? "" : formatSpent(durationMs, locale);
      const result = withResult ? firstChars(redact(job.resultText ?? ""), MAX_RESULT_CHARS) : "";
      const at = job.finishedAt ?? "";
      const lines = [
        t("chat.line", { name: t("news.job", { state: t(`job.state.${state}`) }), text: title }),
        [jobId, named("job.duration", spent)].filter(Boolean).join(" · "),
        named("status.cause", error),
        named("status.fix", fix),
        named("job.result", result),
      ];
      const data = { job_id: jobId, state, title, duration_ms: durationMs, error_code: errorCode, error, fix };
      return message("job_ended", at, `/web/jobs/${jobId}`, lines, withResult ? { ...data, result } : data);
    },

    capReached(at: string, limit: number, waiting: number): Message {
      const line = t("news.cap_reached", { limit, waiting });
      return message("cap_reached", at, "/web/status", [line], { limit, waiting });
    },
  };
};

export type Renderer = ReturnType<typeof createRenderer>;
