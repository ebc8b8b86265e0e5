import type { JobState } from "@/jobs/state.ts";
import type { JobView } from "@/jobs/view.ts";
import { readable } from "@/lib/text.ts";
import { formatSpent } from "@/locales/format.ts";
import type { Frame } from "../layout.tsx";
import { Since, type Tone } from "../ui.tsx";

export interface JobProps {
  job: JobView;
  frame: Frame;
}

export const jobTones: Record<JobState, Tone> = {
  queued: "off",
  running: "notice",
  succeeded: "ok",
  failed: "fault",
  canceled: "warning",
};

const EXCERPT_CHARS = 200;

/** The first line that is not blank. */
export const excerptOf = (task: string): string => {
  const line = readable(task.split(/[\r\n]+/).find((text) => text.trim() !== "") ?? "");
  const characters = [...line.slice(0, 2 * EXCERPT_CHARS)];
  return characters.length > EXCERPT_CHARS ? `${characters.slice(0, EXCERPT_CHARS).join("")}…` : line;
};

/** A longer text may scroll in a box of its own, which must be reachable by keyboard. */
const LONG_CHARS = 400;
const LONG_LINES = 12;

const reachable = (text: string) =>
  text.length > LONG_CHARS || text.split("\n", LONG_LINES + 1).length > LONG_LINES ? 0 : undefined;

/** Program output, line by line. */
export const Lines = ({ text, isOutput = false }: { text: string; isOutput?: boolean }) => (
  <pre class={isOutput ? "lines output" : "lines"} dir="auto" tabindex={reachable(text)}>
    {readable(text.trimEnd())}
  </pre>
);

/** A message of Codex. */
export const Said = ({ text, isAside = false }: { text: string; isAside?: boolean }) => (
  <p class={isAside ? "said aside" : "said"} dir="auto" tabindex={reachable(text)}>
    {readable(text)}
  </p>
);

/** How long the job ran, or has been running. */
export const RunTime = ({ job, frame: { t, locale } }: JobProps) => {
  if (job.duration_ms !== null) return <span>{`${t("job.duration")} ${formatSpent(job.duration_ms, locale)}`}</span>;
  if (job.state !== "running" || job.started_at === null) return null;
  return <Since value={job.started_at} since={t("job.started_at")} elapsed={t("job.elapsed")} />;
};
