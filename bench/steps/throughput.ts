import { type LoadResult, load } from "../load.ts";
import { processorMsOf } from "../memory.ts";
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
    { name: "bare", server: bare, path: "/" },
    { name: "bare + sqlite, 20 rows", server: sqlite, path: "/" },
    { name: "GET /healthz", server: service, path: "/healthz" },
    { name: "GET /api/v1/models, 20 rows", server: service, path: "/api/v1/models" },
    { name: "GET /api/v1/status", server: service, path: "/api/v1/status" },
    { name: "GET /web/status", server: service, path: "/web/status" },
    { name: "GET a job", server: service, path: `/api/v1/executor/jobs/${job_id}` },
  ];
  const note = (name: string, { perSecond, p50Ms, p99Ms }: LoadResult) => {
    samples.add(`${name}: requests/s`, perSecond);
    samples.add(`${name}: p50`, p50Ms);
    samples.add(`${name}: p99`, p99Ms);
  };
  for (let round = 0; round < rounds; round++) {
    for (const { name, server, path } of targets) {
      const before = processorMsOf(server.pid);
      const result = await load({ url: server.url + path, head: [AUTHORIZATION], durationMs });
      note(name, result);
      // The load takes turns with the server on two cores; this it cannot change.
      samples.add(`${name}: processor µs an answer`, ((processorMsOf(server.pid) - before) * 1000) / result.answers);
    }
    const body = JSON.stringify({ task: "queued", cwd: `${service.root}/work` });
    const url = `${service.url}/api/v1/executor/jobs`;
    note("POST a job", await load({ url, head: [AUTHORIZATION], body, connections: 4, warmUp: 10, requests: SUBMITS }));
  }
  await Promise.all([bare, sqlite, service].map((subject) => subject.stop()));
};

/** What a browser is sent when it names the encodings it knows, and what that is unpacked. */
const bytesOf = async (url: string) => {
  const raw = await (await fetch(url, { headers: { "accept-encoding": "identity" } })).bytes();
  const sent = await fetch(url, { headers: { "accept-encoding": "gzip, deflate, br, zstd" }, decompress: false });
  return { text: new TextDecoder().decode(raw), raw: raw.length, sent: (await sent.bytes()).length };
};

export const measurePages = async (forms: Forms, samples: Samples): Promise<void> => {
  const service = await start(forms.service);
  await importModels(service);
  const note = (name: string, { raw, sent }: { raw: number; sent: number }) => {
    samples.add(`${name}: KiB`, raw / 1024);
    samples.add(`${name}: KiB as sent`, sent / 1024);
  };
  for (const path of ["/web/status", "/web/models"]) {
    const page = await bytesOf(service.url + path);
    note(path, page);
    const assets = [...page.text.matchAll(/(?:href|src)="(\/assets\/[^"]+)"/g)].map(([, asset]) => asset);
    const loaded = await Promise.all([...new Set(assets)].map((asset) => bytesOf(`${service.url}${asset}`)));
    const total = (key: "raw" | "sent") => loaded.reduce((sum, asset) => sum + asset[key], page[key]);
    note(`${path} with all it loads`, { raw: total("raw"), sent: total("sent") });
  }
  await service.stop();
};
