import type { Child } from "hono/jsx";
import { errorText } from "@/jobs/state.ts";
import type { TimelineItem } from "@/jobs/timeline.ts";
import { readable } from "@/lib/text.ts";
import { isTextKey, type Translate } from "@/locales/translate.ts";
import { Data, Icon, Timestamp, type Tone } from "../ui.tsx";
import { jobTones, Lines, Said } from "./job-parts.tsx";

/** @param isFinal whether the job has ended; a command without an end is then unfinished. */
export const Timeline = (props: { items: readonly TimelineItem[]; isFinal: boolean; t: Translate }) => (
  <ol class="timeline">
    {props.items.map((item) => {
      const { tone, title, body } = entryOf(item, props.isFinal, props.t);
      return (
        <li id={`event-${item.id}`}>
          <h3>
            <Icon tone={tone} />
            {title}
            <Timestamp value={item.at} />
          </h3>
          {body}
        </li>
      );
    })}
  </ol>
);

const tones = { message: "ok", retry: "warning", warning: "warning", failure: "fault", reasoning: "off" } as const;

const entryOf = (item: TimelineItem, isFinal: boolean, t: Translate): { tone: Tone; title: string; body: Child } => {
  switch (item.type) {
    case "state": {
      const error = errorText({ errorCode: item.error_code, error: item.error }, t);
      const body = error !== "" && <Data as="p" text={error} />;
      return { tone: jobTones[item.state], title: t(`job.state.${item.state}`), body };
    }
    case "command": {
      const [tone, text] = commandState(item.outcome, isFinal, t);
      const body = (
        <>
          <Lines text={`$ ${item.command}`} />
          {item.outcome && item.outcome.output.trim() !== "" && <Lines text={item.outcome.output} isOutput />}
        </>
      );
      return { tone, title: `${t("status.command")} · ${text}`, body };
    }
    case "output": {
      const title = t(item.stream === "stdout" ? "job.output" : "job.error_output");
      return { tone: "off", title, body: <Lines text={item.text} isOutput /> };
    }
    case "file_change": {
      const isFailed = item.status === "failed" || item.status === "declined";
      const files = item.changes.map(({ kind, path }) => (
        <li>
          {isFailed ? t("job.file_unchanged") : fileWord(kind, t)} <Data as="code" text={path} />
        </li>
      ));
      const title = isFailed ? `${t("job.file_change")} · ${statusWord(item.status ?? "", t)}` : t("job.file_change");
      return { tone: isFailed ? "fault" : "notice", title, body: <ul class="files">{files}</ul> };
    }
    case "item": {
      const key = `job.item_${item.item_type}`;
      const isOpen = item.status === "in_progress";
      const status = isOpen && isFinal ? t("job.command_unfinished") : statusWord(item.status, t);
      const title = `${isTextKey(key) ? t(key) : readable(item.item_type)} · ${status}`;
      const body = (
        <>
          {item.title !== "" && <Lines text={item.title} />}
          {item.text !== "" && <Lines text={item.text} isOutput />}
        </>
      );
      return { tone: itemTones[item.status] ?? "notice", title, body };
    }
    case "plan": {
      const steps = item.items.map(({ text, completed }) => (
        <li>
          <Icon tone={completed ? "ok" : "off"} />
          <span class="spoken">{t(completed ? "job.plan_done" : "job.plan_open")}</span>
          <Data text={readable(text)} />
        </li>
      ));
      return { tone: "notice", title: t("job.plan"), body: <ul class="plan">{steps}</ul> };
    }
    default: {
      const body = <Said text={item.text} isAside={item.type !== "message"} />;
      return { tone: tones[item.type], title: t(`job.${item.type}`), body };
    }
  }
};

type Outcome = Extract<TimelineItem, { type: "command" }>["outcome"];

const commandState = (outcome: Outcome, isFinal: boolean, t: Translate): [Tone, string] => {
  if (!outcome && !isFinal) return ["notice", t("job.command_running")];
  if (!outcome) return ["warning", t("job.command_unfinished")];
  if (outcome.isDeclined) return ["fault", statusWord("declined", t)];
  if (outcome.exitCode === null) return ["warning", t("job.exit_unknown")];
  return [outcome.exitCode === 0 ? "ok" : "fault", t("job.exited", { code: outcome.exitCode })];
};

const itemTones: Record<string, Tone> = { completed: "ok", failed: "fault", declined: "fault" };

/** Codex may report others. */
const statusWord = (status: string, t: Translate): string => {
  const key = `job.status_${status}`;
  return isTextKey(key) ? t(key) : readable(status);
};

/** Codex may report other kinds. */
const fileWord = (kind: string, t: Translate): string => {
  const key = `job.file_${kind}`;
  return isTextKey(key) ? t(key) : kind;
};
