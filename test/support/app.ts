import { chmodSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLogger } from "@test/support/silent-logger.ts";
import { type InferRequestType, parseResponse } from "hono/client";
import { createApp } from "@/app.ts";
import { type Config, parseConfig } from "@/config.ts";
import { createContainer, type Overrides } from "@/container.ts";
import { createMemoryGate } from "@/gates/memory.ts";
import type { JobView } from "@/jobs/view.ts";
import { type Client, createClient } from "@/routes/api/client.ts";
import { onTestEnd } from "./cleanup.ts";
import { fixture } from "./fixtures.ts";
import { createReplyCheck, type ReplyCheck } from "./reply-check.ts";

export const API_TOKEN = "test-token-for-the-api";
const HOST = "127.0.0.1:18889";
const PLENTY_KIB = 4 * 1024 * 1024;

/** Every app has the same routes, so that one is enough. */
let checkReply: ReplyCheck | undefined;

type NewJob = InferRequestType<Client["executor"]["jobs"]["$post"]>["json"];

type TestOverrides = Overrides & {
  /** Settings by variable name. */
  env?: Record<string, string>;
  /** A root used before, for restarts. */
  root?: string;
};

export const newRoot = (): string => {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "backend-")));
  onTestEnd(() => rmSync(root, { recursive: true, force: true }));
  return root;
};

/** The real service over a real database in a folder of its own; only what a test hands in is replaced. */
export const createTestApp = ({ env = {}, root = newRoot(), ...overrides }: TestOverrides = {}) => {
  const config = testConfig(root, env);
  const container = createContainer(config, {
    logger: silentLogger,
    memoryGate: createMemoryGate(() => PLENTY_KIB),
    fetch: refusedFetch,
    readGateway: async () => undefined,
    ...overrides,
  });
  const app = createApp(container);

  /** Comes in a tick of its own, as over a socket; every answer is held against the OpenAPI document. */
  const request = async (path: string, init: RequestInit = {}) => {
    await new Promise((resolve) => setImmediate(resolve));
    const headers = { host: HOST, ...headersOf(init) };
    const response = await app.request(`http://${HOST}${path}`, { ...init, headers });
    checkReply ??= createReplyCheck(app);
    await checkReply({ method: init.method ?? "GET", path }, response);
    return response;
  };

  /** An API call with the right token; a body makes it a POST. */
  const api = (path: string, body?: unknown, init: RequestInit = {}) =>
    request(`/api/v1${path}`, {
      ...(body !== undefined && { method: "POST", body: typeof body === "string" ? body : JSON.stringify(body) }),
      ...init,
      headers: { authorization: `Bearer ${API_TOKEN}`, "content-type": "application/json", ...headersOf(init) },
    });

  const client = createClient({
    origin: `http://${HOST}`,
    token: API_TOKEN,
    fetch: Object.assign(
      (url: string | URL | Request, init?: RequestInit) => request(String(url).slice(`http://${HOST}`.length), init),
      { preconnect: () => {} },
    ),
  });
  const jobs = client.executor.jobs;

  const job = async (jobId: string): Promise<JobView> =>
    (await parseResponse(jobs[":jobId"].$get({ param: { jobId }, query: {} }))).job;

  /** Asks again at each turn of the event loop until the job is in one of these states. */
  const untilJob = async (jobId: string, ...states: JobView["state"][]): Promise<JobView> => {
    for (;;) {
      const view = await job(jobId);
      if (states.includes(view.state)) return view;
      await new Promise((resolve) => setImmediate(resolve));
    }
  };

  /** Logs a browser in; what it keeps is its `cookie` header. */
  const logIn = (token = API_TOKEN): Promise<string> =>
    request("/web/login", {
      method: "POST",
      headers: { origin: `http://${HOST}` },
      body: new URLSearchParams({ token }),
    }).then((response) => response.headers.get("set-cookie")?.split(";")[0] ?? "");
  let cookie: Promise<string> | undefined;

  let stopped: Promise<void> | undefined;
  const testApp = {
    root,
    config,
    container,
    request,
    api,
    client,
    job,
    untilJob,
    /** Asks again until there is no such job. */
    async untilGone(jobId: string): Promise<void> {
      while ((await api(`/executor/jobs/${jobId}`)).status !== 404)
        await new Promise((resolve) => setImmediate(resolve));
    },
    untilEnded: (jobId: string) => untilJob(jobId, "succeeded", "failed", "canceled"),
    /** Submits a job and returns its id. */
    async submit(body: NewJob): Promise<string> {
      return (await parseResponse(jobs.$post({ json: { cwd: "/tmp", ...body } }))).job_id;
    },
    logIn,
    /** A page write as a browser on our own page sends it, logged in. */
    browserPost: (path: string, init: RequestInit = {}) => {
      cookie ??= logIn();
      return cookie.then((cookie) =>
        request(path, { method: "POST", ...init, headers: { origin: `http://${HOST}`, cookie, ...headersOf(init) } }),
      );
    },
    auditRecords: (): Record<string, unknown>[] =>
      readFileSync(config.auditPath, "utf8")
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line)),
    stop: () => (stopped ??= container.stop()),
  };
  onTestEnd(testApp.stop);
  return testApp;
};

// biome-ignore lint/suspicious/noExplicitAny: what a test reads of an answer, it compares.
export const readJson = async <Body = any>(response: Response): Promise<Body> => (await response.json()) as Body;

const headersOf = (init: RequestInit): Record<string, string> => Object.fromEntries(new Headers(init.headers));

const testConfig = (root: string, env: Record<string, string>): Readonly<Config> => {
  mkdirSync(join(root, "logs/backend"), { recursive: true });
  chmodSync(root, 0o700);
  return parseConfig({
    OPENCLAW_BACKEND_ROOT: root,
    HOME: root,
    PATH: process.env.PATH ?? "",
    BACKEND_API_TOKEN: API_TOKEN,
    EXECUTOR_SHUTDOWN_GRACE_SECONDS: "0",
    EXECUTOR_CODEX_BIN: fixture("bin/plain-echo"),
    ASTRBOT_CMD_CONFIG_PATH: join(root, "cmd_config.json"),
    ASTRBOT_PLUGIN_EXPORT_PATH: join(root, "export.json"),
    ...env,
  });
};

/** No test reaches a gateway that happens to run on this machine. */
const refusedFetch = Object.assign(
  async () => {
    throw Object.assign(new Error("Unable to connect"), { code: "ECONNREFUSED" });
  },
  { preconnect: () => {} },
);
