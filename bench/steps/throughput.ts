import { load } from "../load.ts";
import type { Samples } from "../samples.ts";
import { AUTHORIZATION, type Forms, importModels, post, start } from "../subjects.ts";

const SUBMITS = 400;

/** Requests per second with 16 connections: service and floors in turn, so that a slow minute hits all alike. */
export const measureThroughput = async (
  forms: Forms,
  samples: Samples,
  { rounds, durationMs }: { rounds: number; durationMs: number },
): Promise<void> => {
  const [bare, sqlite, service] = [await start(forms.bare), await start(forms.sqlite), await start(forms.service)];
  await importModels(service);
  const { job_id } = await post(service, "/executor/jobs", { task: "one", cwd: `${service.root}/work` });
  const targets = [
    { name: "bare", url: bare.url },
    { name: "bare + sqlite, 20 rows", url: sqlite.url },
    { name: "GET /healthz", url: `${service.url}/healthz` },
    { name: "GET /api/v1/models, 20 rows", url: `${service.url}/api/v1/models` },
    { name: "GET /api/v1/status", url: `${service.url}/api/v1/status` },
    { name: "GET /web/status", url: `${service.url}/web/status` },
    { name: "GET a job", url: `${service.url}/api/v1/executor/jobs/${job_id}` },
  ];
  const note = (name: string, { perSecond, p50Ms, p99Ms }: Awaited<ReturnType<typeof load>>) => {
    samples.add(`${name}: requests/s`, perSecond);
    samples.add(`${name}: p50`, p50Ms);
    samples.add(`${name}: p99`, p99Ms);
  };
  for (let round = 0; round < rounds; round++) {
    for (const { name, url } of targets) note(name, await load({ url, head: [AUTHORIZATION], durationMs }));
    const body = JSON.stringify({ task: "queued", cwd: `${service.root}/work` });
    const url = `${service.url}/api/v1/executor/jobs`;
    note("POST a job", await load({ url, head: [AUTHORIZATION], body, connections: 4, warmUp: 10, requests: SUBMITS }));
  }
  await Promise.all([bare, sqlite, service].map((subject) => subject.stop()));
};

export const measurePages = async (forms: Forms, samples: Samples): Promise<void> => {
  const service = await start(forms.service);
  await importModels(service);
  for (const path of ["/web/status", "/web/models"]) {
    const page = await (await fetch(service.url + path)).text();
    const stylesheet = /href="(\/assets\/[^"]+\.css)"/.exec(page)?.[1] ?? "";
    const css = await (await fetch(service.url + stylesheet)).text();
    samples.add(`${path}: KiB`, page.length / 1024);
    samples.add(`${path}: KiB with its stylesheet`, (page.length + css.length) / 1024);
  }
  await service.stop();
};
