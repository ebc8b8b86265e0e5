import { translate } from "@/locales/translate.ts";
import type { Frame } from "../frame.ts";
import { Layout, type Live } from "../layout.tsx";
import { JobList, type JobListView, StateTabs } from "./job-list.tsx";

interface JobsPageProps {
  view: JobListView;
  frame: Frame;
  live: Live;
}

export const JobsPage = ({ view, frame, live }: JobsPageProps) => {
  const t = translate(frame.locale);
  return (
    <Layout frame={frame} title={t("nav.jobs")} path="/web/jobs" live={live}>
      <div class="page-head">
        <h1>{t("nav.jobs")}</h1>
        <a class="button" href="/web/new-job">
          {t("job.new_job")}
        </a>
      </div>
      <section class="card" aria-label={t("nav.jobs")}>
        <StateTabs current={view.state} t={t} />
        <JobList view={view} locale={frame.locale} />
      </section>
    </Layout>
  );
};
