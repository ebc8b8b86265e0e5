/**
 * Looks at every page as people do, with Debian's Chromium, and does with it what they do. Screenshots go to
 * screenshots/, which git does not keep.
 */
import { auditSuite } from "./audit.web.ts";
import { jobsSuite } from "./jobs.web.ts";
import { loginSuite } from "./login.web.ts";
import { measureSuite } from "./measure.web.ts";
import { modelsSuite } from "./models.web.ts";
import { pagesSuite } from "./pages.web.ts";
import { readmeSuite } from "./readme.web.ts";
import { openStage } from "./stage.ts";
import { statusSuite } from "./status.web.ts";

const suites = {
  login: loginSuite,
  models: modelsSuite,
  jobs: jobsSuite,
  status: statusSuite,
  audit: auditSuite,
  pages: pagesSuite,
  measure: measureSuite,
};

/** Only when it is named. */
const onDemand = { readme: readmeSuite };

const wanted = process.argv.slice(2);
const stage = await openStage();
try {
  for (const [name, suite] of Object.entries({ ...suites, ...(wanted.length > 0 && onDemand) })) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    console.log(name);
    await stage.check(`${name} runs to its end`, () => suite(stage));
  }
} finally {
  await stage.close();
}
console.log(stage.summary());
process.exit(stage.hasFailed() ? 1 : 0);
