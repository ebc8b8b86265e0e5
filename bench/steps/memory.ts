import { fixture } from "@test/support/fixtures.ts";
import { load } from "../load.ts";
import { memoryOfTree } from "../memory.ts";
import type { Samples } from "../samples.ts";
import {
  API_TOKEN,
  AUTHORIZATION,
  type Form,
  type Forms,
  importModels,
  post,
  type Subject,
  start,
} from "../subjects.ts";

const IDLE_MS = 3000;
const REST_MS = 5000;
const SETTLE_MS = 500;
const REQUESTS = 20_000;
const READERS = 50;

/** A job that runs until it is killed. */
const ENVIRONMENT = {
  EXECUTOR_CODEX_BIN: fixture("bin/zoo"),
  EXECUTOR_KILL_GRACE_SECONDS: "0",
  EXECUTOR_SHUTDOWN_GRACE_SECONDS: "0",
};

const isFloor = ({ name }: Form) => name === "bare" || name === "sqlite";

const note = (samples: Samples, moment: string, form: Form, subject: Subject) => {
  const { rssMib, pssMib, privateDirtyMib } = memoryOfTree(subject.pid);
  samples.add(`${moment}: RSS, ${form.name}`, rssMib);
  samples.add(`${moment}: PSS, ${form.name}`, pssMib);
  samples.add(`${moment}: private dirty, ${form.name}`, privateDirtyMib);
};

/** 20,000 requests as a page, a bot and a probe send them. */
const useIt = async (form: Form, { url }: Subject) => {
  const paths = isFloor(form) ? ["/"] : ["/api/v1/models", "/api/v1/status", "/healthz", "/web/status"];
  for (const path of paths) {
    await load({ url: url + path, head: [AUTHORIZATION], warmUp: 0, requests: REQUESTS / paths.length });
  }
};

const readEvents = (url: string, signal: AbortSignal) =>
  fetch(url, { headers: { authorization: `Bearer ${API_TOKEN}` }, signal }).then((response) =>
    response.body?.getReader().read(),
  );

/** Idle, after use, and with readers of a job's live events. */
export const measureMemory = async (forms: Forms, samples: Samples, rounds: number): Promise<void> => {
  const measured = [forms.bare, forms.service, forms.lowMemory, forms.started];
  for (let round = 0; round < rounds; round++) {
    const subjects = await Promise.all(
      measured.map(async (form) => ({ form, subject: await start(form, ENVIRONMENT) })),
    );
    for (const { subject } of subjects) await (await fetch(`${subject.url}/healthz`)).text();
    await Bun.sleep(IDLE_MS);
    for (const { form, subject } of subjects) note(samples, "idle", form, subject);

    for (const { form, subject } of subjects) {
      if (!isFloor(form)) await importModels(subject);
      await useIt(form, subject);
    }
    await Bun.sleep(REST_MS);
    for (const { form, subject } of subjects) note(samples, "after 20,000 requests", form, subject);

    for (const { form, subject } of subjects) {
      if (form !== forms.service) continue;
      await post(subject, "/executor/jobs", { task: "ignore-term", cwd: `${subject.root}/work` });
      const { job_id } = await post(subject, "/executor/jobs", { task: "exit", cwd: `${subject.root}/work` });
      const leaving = new AbortController();
      await Bun.sleep(SETTLE_MS);
      const before = memoryOfTree(subject.pid).privateDirtyMib;
      const url = `${subject.url}/api/v1/executor/jobs/${job_id}/events`;
      await Promise.all(Array.from({ length: READERS }, () => readEvents(url, leaving.signal)));
      await Bun.sleep(SETTLE_MS);
      samples.add("50 event readers: private dirty, added", memoryOfTree(subject.pid).privateDirtyMib - before);
      leaving.abort();
    }
    await Promise.all(subjects.map(({ subject }) => subject.stop()));
  }
};
