import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { fixture } from "@test/support/fixtures.ts";
import { serviceEngine } from "../scripts/engine.ts";
import { buildExecutable, ensureExecutable } from "../scripts/executable.ts";

const PROJECT_ROOT = resolve(import.meta.dir, "..");
const ROOTS = join(PROJECT_ROOT, ".cache/bench/roots");
export const API_TOKEN = "bench-token-of-the-api";
export const GATEWAY_TOKEN = "bench-token-of-the-gateway";
export const AUTHORIZATION = `Authorization: Bearer ${API_TOKEN}`;

/** A command that serves, and prints its address as the service does. */
export interface Form {
  name: string;
  argv: readonly string[];
  env?: Record<string, string>;
  isFloor?: boolean;
}

export type Forms = Record<"bare" | "sqlite" | "relay" | "service" | "started" | "source", Form>;

/** Each is a fresh process on fresh folders; the floors are built like the service. */
export const prepareForms = async (): Promise<Forms> => {
  const folder = join(PROJECT_ROOT, ".cache/bench");
  mkdirSync(folder, { recursive: true });
  const floor = async (name: string): Promise<Form> => {
    const path = join(folder, name);
    rmSync(path, { force: true });
    await buildExecutable(join(PROJECT_ROOT, `bench/floor/${name}.ts`), path);
    return { name, argv: [path], isFloor: true };
  };
  const executable = await ensureExecutable();
  return {
    bare: await floor("bare"),
    sqlite: await floor("sqlite"),
    relay: await floor("relay"),
    service: { name: "service", argv: [executable], env: serviceEngine },
    started: { name: "bun run start", argv: [process.execPath, "run", "start"] },
    source: { name: "service from source", argv: [process.execPath, "src/main.ts"] },
  };
};

export interface Subject {
  pid: number;
  url: string;
  root: string;
  stop(): Promise<void>;
}

/** What a step that failed has left running. */
const running = new Set<Bun.Subprocess>();

export const endAll = async (): Promise<void> => {
  for (const child of running) child.kill("SIGKILL");
  await Promise.all([...running].map(({ exited }) => exited));
  running.clear();
};

export const newRoot = (): string => {
  mkdirSync(ROOTS, { recursive: true });
  const root = mkdtempSync(join(ROOTS, "root-"));
  mkdirSync(join(root, "work"));
  return root;
};

export const removeRoots = (): void => rmSync(ROOTS, { recursive: true, force: true });

/** @returns once it has printed its address. */
export const start = async (form: Form, env: Record<string, string> = {}, root = newRoot()): Promise<Subject> => {
  const child = Bun.spawn([...form.argv], {
    cwd: PROJECT_ROOT,
    env: {
      PATH: process.env.PATH ?? "",
      HOME: root,
      OPENCLAW_BACKEND_ROOT: root,
      BACKEND_PORT: "0",
      BACKEND_API_TOKEN: API_TOKEN,
      OPENCLAW_GATEWAY_URL: "http://127.0.0.1:9",
      OPENCLAW_GATEWAY_TOKEN: GATEWAY_TOKEN,
      EXECUTOR_CODEX_BIN: fixture("bin/stamp"),
      EXECUTOR_MAX_QUEUED: "1000000",
      JOB_RETENTION_MAX: "1000000",
      ...form.env,
      ...env,
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  running.add(child);
  const stop = async () => {
    running.delete(child);
    child.kill("SIGTERM");
    await child.exited;
  };
  let printed = "";
  for await (const chunk of child.stdout) {
    printed += new TextDecoder().decode(chunk);
    const url = /^(http:\/\/\S+?)(?:\/web\/status)?\n/m.exec(printed)?.[1];
    if (url) return { pid: child.pid, url, root, stop };
  }
  throw new Error(`${form.name} ended: ${printed}`);
};

/** @throws when it is refused. */
export const post = async (subject: Subject, path: string, body: object): Promise<Record<string, unknown>> => {
  const response = await fetch(`${subject.url}/api/v1${path}`, {
    method: "POST",
    headers: { authorization: `Bearer ${API_TOKEN}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(await response.text());
  return (await response.json()) as Record<string, unknown>;
};

export const importModels = (subject: Subject) =>
  post(subject, "/models/import-astr", {
    providers: Array.from({ length: 20 }, (_, n) => ({
      id: `source/model-${n}`,
      model: `model-name-${n}`,
      provider_type: "openai_chat_completion",
      base_url: "https://api.example/v1",
    })),
  });
