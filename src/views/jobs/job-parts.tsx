import type { JobState, Reason } from "@/jobs/state.ts";
import type { JobView } from "@/jobs/view.ts";
import { readable } from "@/lib/text.ts";
import { formatSpent } from "@/locales/format.ts";
import type { Frame } from "../layout.tsx";
import { Clock, type Tone } from "../ui.tsx";

/** A job, and why it failed in the reader's language. */
export type PageJob = JobView & Reason;

export interface JobProps {
  job: PageJob;
  frame: Frame;
}

export const addressOf = (jobId: string) => `/web/jobs/${encodeURIComponent(jobId)}`;

export const jobTones: Record<JobState, Tone> = {
  queued: "off",
  running: "active",
  succeeded: "ok",
  failed: "fault",
  canceled: "warning",
};

const EXCERPT_CHARS = 100;

/** The first line that is not blank. */
export const excerptOf = (text: string): string => {
  const line = readable(/\S.*/.exec(text.slice(0, 8000))?.[0] ?? "").trim();
  const characters = [...line.slice(0, 2 * EXCERPT_CHARS + 2)];
  return characters.length > EXCERPT_CHARS ? `${characters.slice(0, EXCERPT_CHARS).join("")}…` : line;
};

/** Whether there is more of it than its excerpt. */
export const isLonger = (text: string): boolean => readable(text).trim() !== excerptOf(text);

/** A box that may scroll must be reachable by keyboard. */
const LONG_CHARS = 40;
const LONG_LINES = 12;

const reachable = (text: string) => {
  const lines = text.split("\n", LONG_LINES + 1);
  return lines.length > LONG_LINES || lines.some(({ length }) => length > LONG_CHARS) ? 0 : undefined;
};

/** Program output, line by line. */
export const Lines = ({ text, isOutput = false }: { text: string; isOutput?: boolean }) => (
  <pre class={isOutput ? "lines output" : "lines"} tabindex={reachable(text)}>
    {readable(text.trimEnd())}
  </pre>
);

/** A message of Codex. */
export const Said = ({ text }: { text: string }) => (
  <p class="said" dir="auto" tabindex={text.length > 400 || reachable(text) === 0 ? 0 : undefined}>
    {readable(text)}
  </p>
);

/** How long the job ran, or has been running. */
export const RunTime = ({ job, frame: { locale, now } }: JobProps) => {
  if (job.duration_ms !== null) return <span class="clock">{formatSpent(job.duration_ms, locale)}</span>;
  return job.state === "running" && job.started_at !== null ? <Clock value={job.started_at} now={now} /> : null;
};
