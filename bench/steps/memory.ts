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

/** The collections after a burst, such as the start, have ended by then (scripts/engine.ts). */
const IDLE_MS = 10_000;
const REST_MS = 10_000;
const SETTLE_MS = 500;
const REQUESTS = 20_000;
const READERS = 50;

/** A job that runs until it is killed. */
const ENVIRONMENT = {
  EXECUTOR_CODEX_BIN: fixture("bin/zoo"),
  EXECUTOR_KILL_GRACE_SECONDS: "0",
  EXECUTOR_SHUTDOWN_GRACE_SECONDS: "0",
};

const note = (samples: Samples, moment: string, form: Form, subject: Subject) => {
  const { rssMib, pssMib, privateDirtyMib } = memoryOfTree(subject.pid);
  samples.add(`${moment}: RSS, ${form.name}`, rssMib);
  samples.add(`${moment}: PSS, ${form.name}`, pssMib);
  samples.add(`${moment}: private dirty, ${form.name}`, privateDirtyMib);
};

/** 20,000 requests, mixed as a page, a bot and a probe send them. */
const useIt = async (form: Form, { url }: Subject) => {
  const paths = form.isFloor ? ["/"] : ["/api/v1/models", "/api/v1/status", "/healthz", "/web/status"];
  await load({ url: paths.map((path) => url + path), head: [AUTHORIZATION], warmUp: 0, requests: REQUESTS });
};

const readEvents = (url: string, signal: AbortSignal) =>
  fetch(url, { headers: { authorization: `Bearer ${API_TOKEN}` }, signal }).then((response) =>
    response.body?.getReader().read(),
  );

/** What a job's live events cost while 50 pages read them. */
const noteReaders = async (samples: Samples, form: Form, subject: Subject) => {
  await post(subject, "/executor/jobs", { task: "ignore-term", cwd: `${subject.root}/work` });
  const { job_id } = await post(subject, "/executor/jobs", { task: "exit", cwd: `${subject.root}/work` });
  const leaving = new AbortController();
  await Bun.sleep(SETTLE_MS);
  const before = memoryOfTree(subject.pid).privateDirtyMib;
  const url = `${subject.url}/api/v1/executor/jobs/${job_id}/events`;
  await Promise.all(Array.from({ length: READERS }, () => readEvents(url, leaving.signal)));
  await Bun.sleep(SETTLE_MS);
  note(samples, "with 50 event readers", form, subject);
  samples.add("50 event readers: private dirty, added", memoryOfTree(subject.pid).privateDirtyMib - before);
  leaving.abort();
};

/**
 * Idle, after use, and with readers of a job's live events. One form at a time: two that run at once share the pages of
 * their executable, and each would look smaller than it is alone.
 */
export const measureMemory = async (forms: Forms, samples: Samples, rounds: number): Promise<void> => {
  for (let round = 0; round < rounds; round++) {
    for (const form of [forms.bare, forms.service, forms.started]) {
      const subject = await start(form, ENVIRONMENT);
      await (await fetch(`${subject.url}/healthz`)).text();
      await Bun.sleep(IDLE_MS);
      note(samples, "idle", form, subject);

      if (!form.isFloor) await importModels(subject);
      await useIt(form, subject);
      await Bun.sleep(REST_MS);
      note(samples, "after 20,000 requests", form, subject);

      if (form === forms.service) await noteReaders(samples, form, subject);
      await subject.stop();
    }
  }
};
