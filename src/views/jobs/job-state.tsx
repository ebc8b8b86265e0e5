import type { JobState } from "@/jobs/state.ts";
import type { Translate } from "@/locales/translate.ts";
import type { Tone } from "../icons.tsx";
import { Pill } from "../ui.tsx";

export const jobTones: Record<JobState, Tone> = {
  queued: "off",
  running: "notice",
  succeeded: "ok",
  failed: "fault",
  canceled: "warning",
};

export const JobPill = ({ state, t }: { state: JobState; t: Translate }) => (
  <Pill tone={jobTones[state]}>{t(`job.state.${state}`)}</Pill>
);
