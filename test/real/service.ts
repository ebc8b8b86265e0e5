import { randomBytes } from "node:crypto";
import { resolve } from "node:path";
import { z } from "zod";
import { createScratch, startProgram, until } from "./program.ts";

const PROJECT_ROOT = resolve(import.meta.dir, "../..");

const Job = z.object({
  job_id: z.string(),
  state: z.enum(["queued", "running", "succeeded", "failed", "canceled"]),
  result_text: z.string(),
  error_code: z.string(),
  error: z.string(),
  thread_id: z.string().nullable(),
  peak_memory_mib: z.number().nullable(),
});

const Codex = z.object({
  version: z.string().nullable(),
  logged_in: z.boolean().nullable(),
  sandbox_works: z.boolean().nullable(),
  reason: z.string(),
});

const Probe = z.object({
  ok: z.boolean(),
  status_code: z.number(),
  error_type: z.string(),
  detail: z.string(),
  message: z.string(),
  checked_at: z.string().nullable(),
});

const State = z.object({
  sidecar_probe: Probe,
  breaker: z.object({ state: z.string(), consecutive_failures: z.number() }),
  relay: z.object({
    last_turn: z.object({ outcome: z.string(), detail: z.string(), status_code: z.number() }).nullable(),
  }),
  sidecar: z.object({
    version: z.string(),
    running_version: z.string().nullable(),
    version_source: z.string(),
    below_advisories: z.boolean().nullable(),
  }),
});

interface NewJob {
  task: string;
  cwd: string;
  permission_level?: string;
  allow_danger?: boolean;
  resume_job_id?: string;
}

/**
 * The real service as a child process with folders, port and API token of its own, and its API as a client sees it.
 * `preload` runs in its process before it, `within` is a command that starts it.
 */
export const startService = async (
  env: Record<string, string>,
  { preload = [], within = [] }: { preload?: readonly string[]; within?: readonly string[] } = {},
) => {
  const scratch = createScratch();
  const apiToken = newToken();
  const program = startProgram({
    argv: [...within, process.execPath, ...preload.flatMap((script) => ["--preload", script]), "src/main.ts"],
    cwd: PROJECT_ROOT,
    env: {
      PATH: process.env.PATH,
      // Not the engine of this machine, whatever it runs.
      DOCKER_HOST: "tcp://192.0.2.1:2375",
      HOME: scratch.folder,
      OPENCLAW_BACKEND_ROOT: scratch.folder,
      BACKEND_PORT: "0",
      BACKEND_API_TOKEN: apiToken,
      ...env,
    },
  });
  // The last line of its start is the page's address.
  const pageOf = () => /^(http:\/\/\S+)\/web\/status$/m.exec(program.output())?.[1];
  const stop = async () => {
    await program.stop();
    scratch.remove();
  };
  await until(() => pageOf() !== undefined, program).catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  const url = pageOf() ?? "";

  const api = async (path: string, init: RequestInit = {}): Promise<unknown> => {
    const headers = { authorization: `Bearer ${apiToken}`, "content-type": "application/json" };
    const response = await fetch(`${url}/api/v1${path}`, { ...init, headers });
    const body: unknown = await response.json();
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${JSON.stringify(body)}`);
    return body;
  };
  const job = async (id: string) => z.object({ job: Job }).parse(await api(`/executor/jobs/${id}`)).job;
  const state = async () => z.object({ state: State }).parse(await api("/status")).state;
  const probe = async () => (await state()).sidecar_probe;

  return {
    url,
    apiToken,
    /** Its data and logs. */
    folder: scratch.folder,
    pid: program.pid,
    hasExited: program.hasExited,
    api,
    state,
    async submit(body: NewJob): Promise<string> {
      const answer = await api("/executor/jobs", { method: "POST", body: JSON.stringify(body) });
      return z.object({ job_id: z.string() }).parse(answer).job_id;
    },
    cancel: (id: string) => api(`/executor/jobs/${id}/cancel`, { method: "POST" }),
    /** The job once it has reached its last state. */
    async finished(id: string) {
      await until(async () => !["queued", "running"].includes((await job(id)).state), program);
      return job(id);
    },
    /** The job's events from the first, as they come; ends with the job. */
    async *events(id: string): AsyncGenerator<{ type: string; data: unknown }> {
      const headers = { authorization: `Bearer ${apiToken}` };
      const response = await fetch(`${url}/api/v1/executor/jobs/${id}/events`, { headers });
      let text = "";
      for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
        text += chunk;
        for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
          const [, type = "", data = "null"] = /^event: (\w+)\ndata: (.*)$/m.exec(text.slice(0, end)) ?? [];
          text = text.slice(end + 2);
          if (type !== "") yield { type, data: JSON.parse(data) };
        }
      }
    },
    /** Codex as the service sees it, after its first look. */
    async checkedCodex() {
      const look = async () => z.object({ executors: z.object({ codex: Codex }) }).parse(await api("/executors"));
      await until(async () => (await look()).executors.codex.version !== null, program);
      return (await look()).executors.codex;
    },
    /** The gateway as the service sees it, after its first check. */
    async checkedProbe() {
      await until(async () => (await probe()).checked_at !== null, program);
      return probe();
    },
    stop,
  };
};
export type Service = Awaited<ReturnType<typeof startService>>;

export const newToken = (): string => randomBytes(24).toString("base64url");
