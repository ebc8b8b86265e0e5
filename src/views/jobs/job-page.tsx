import { isFinal } from "@/jobs/state.ts";
import type { TimelineView } from "@/jobs/timeline.ts";
import type { JobView } from "@/jobs/view.ts";
import type { Fragment } from "@/live/feed.ts";
import type { Locale } from "@/locales/locale.ts";
import { translate } from "@/locales/translate.ts";
import type { Frame } from "../frame.ts";
import { Layout, type Live } from "../layout.tsx";
import { Card } from "../ui.tsx";
import { JobFacts } from "./job-facts.tsx";
import { JobActions, JobHeadline, JobResult, JobTask } from "./job-parts.tsx";
import { TimelineEntry, TimelineList, timelineEntryId } from "./timeline-list.tsx";

export interface JobPageView {
  job: JobView;
  timeline: TimelineView;
}

interface JobPageProps {
  view: JobPageView;
  frame: Frame;
  /** undefined once the job has ended. */
  live: Live | undefined;
}

export const JobPage = ({ view: { job, timeline }, frame, live }: JobPageProps) => {
  const { locale } = frame;
  const t = translate(locale);
  return (
    <Layout frame={frame} title={`${t("job.job")} ${job.job_id}`} path="/web/jobs" live={live}>
      <JobHeadline job={job} locale={locale} />
      <JobActions job={job} locale={locale} />
      <div class="job-columns">
        <div class="job-story">
          <JobResult job={job} locale={locale} />
          <Card id="timeline" title={t("job.timeline")}>
            {timeline.omitted > 0 && <p class="hint">{t("job.omitted", { count: timeline.omitted })}</p>}
            <TimelineList items={timeline.items} locale={locale} isFinal={isFinal(job.state)} />
          </Card>
        </div>
        <div class="job-story">
          <JobTask job={job} locale={locale} />
          <Card id="facts" title={t("job.facts")}>
            <JobFacts job={job} locale={locale} />
          </Card>
        </div>
      </div>
    </Layout>
  );
};

/** All of the page that changes while the job lives. */
export const jobFragments = ({ job, timeline }: JobPageView, locale: Locale): Fragment[] => [
  { id: "job-headline", html: String(<JobHeadline job={job} locale={locale} />) },
  { id: "job-actions", html: String(<JobActions job={job} locale={locale} />) },
  { id: "job-result", html: String(<JobResult job={job} locale={locale} />) },
  { id: "job-facts", html: String(<JobFacts job={job} locale={locale} />) },
  ...timeline.items.map((item) => ({
    id: timelineEntryId(item),
    html: String(<TimelineEntry item={item} locale={locale} isFinal={isFinal(job.state)} />),
  })),
];
