import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { type Attack, must, mustAnswer } from "./attack.ts";
import { API_PATHS, PAGE_PATHS } from "./paths.ts";

const JSON_TYPE = { "content-type": "application/json" };

const IDS = [
  "..%2f..%2f..%2fetc%2fpasswd",
  "%2e%2e%2f%2e%2e%2fbackend_state.db",
  "..%5c..%5cetc",
  "....%2f%2f",
  "%2fetc%2fpasswd",
  "x%00.jsonl",
  "%c0%ae%c0%ae%2f",
  "CON",
  "-rf",
  "$(id)",
  "';drop table executor_jobs;--",
  `${"a".repeat(4000)}`,
];

const traversal: Attack = {
  row: "Path traversal",
  name: "ids and log names that lead out of the journal's folder",
  async run({ trusted, call }) {
    for (const id of IDS) {
      for (const rest of ["", "/log", "/events"]) {
        await mustAnswer(await trusted(`/api/v1/executor/jobs/${id}${rest}`), 404);
      }
      await mustAnswer(await trusted(`/api/v1/executor/jobs/${id}/cancel`, { method: "POST" }), 404);
    }
    for (const path of [
      "/assets/..%2f..%2fpackage.json",
      "/assets/%2e%2e/%2e%2e/.env",
      "/.env",
      "/data/backend_state.db",
      "/..%2f.env",
    ]) {
      await mustAnswer(await call(path), 404);
    }
    return `404 for ${IDS.length * 4 + 5} paths`;
  },
};

/** Everything the service has written. */
const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

const logInjection: Attack = {
  row: "Log injection",
  name: "line breaks and forged records in path, query, headers, ids and job fields",
  async run({ trusted, call, service }) {
    const forged = '{"time":"2000-01-01T00:00:00Z","action_type":"forged"}';
    for (const raw of [`\n${forged}\n`, `\r\n${forged}`, `\u2028${forged}`, `"}${forged}`]) {
      const encoded = encodeURIComponent(raw);
      await (await trusted(`/api/v1/executor/jobs/${encoded}`)).text();
      await (await trusted(`/api/v1/executor/jobs/${encoded}/cancel`, { method: "POST" })).text();
      await (await call(`/${encoded}?q=${encoded}`)).text();
      await (
        await call("/api/v1/status", {
          headers: { "x-trace-id": raw.replace(/[\r\n\u2028]/g, "\t"), "user-agent": "x\ty" },
        })
      ).text();
      const body = JSON.stringify({ task: raw, cwd: raw, executor: raw, permission_level: raw });
      await (await trusted("/api/v1/executor/jobs", { method: "POST", headers: JSON_TYPE, body })).text();
      const models = JSON.stringify({ source: raw, providers: [{ id: raw, model: raw, base_url: raw }] });
      await (await trusted("/api/v1/models/import-astr", { method: "POST", headers: JSON_TYPE, body: models })).text();
    }
    let lines = 0;
    for (const file of ["logs/backend/audit.jsonl", "logs/backend/backend.log"]) {
      for (const line of readFileSync(join(service.folder, file), "utf8").trimEnd().split("\n")) {
        must(JSON.parse(line).action_type !== "forged", `${file} holds a forged record`);
        lines++;
      }
    }
    return `${lines} lines, each one JSON record of ours`;
  },
};

const MARKUP = `<script>alert(1)</script><img src=x onerror=alert(2)>"'><b>`;
const ESCAPES = "\u001b]0;owned\u0007\u001b[31mred\u009b31m";
const DRIVES_TERMINAL = /\p{Cc}/u;

const markup: Attack = {
  row: "Markup and terminal escapes",
  name: "in task, directory, ids, sources, models, types, output, notices and languages",
  async run({ trusted, call, service }) {
    const provider = { id: MARKUP, model: MARKUP, provider_type: MARKUP, base_url: `http://h/${MARKUP}` };
    const models = JSON.stringify({ source: MARKUP, providers: [provider] });
    await mustAnswer(
      await trusted("/api/v1/models/import-astr", { method: "POST", headers: JSON_TYPE, body: models }),
      200,
    );
    const job = await service.finished(await service.submit({ task: MARKUP + ESCAPES, cwd: "/tmp" }));
    must(job.state === "succeeded", `the job ${job.state}`);
    const query = encodeURIComponent(MARKUP + ESCAPES);
    const pages = [
      ...PAGE_PATHS,
      `/web/models?q=${query}&pull=fail&error_code=${query}&reason=${query}&source_used=${query}`,
      `/web/models?pull=ok&source_used=${query}&provider_count=${query}&import=ok&lang=${query}`,
      `/web/status?check=fail&error_type=${query}&detail=${query}&status_code=${query}`,
      `/web/jobs/${job.job_id}`,
      "/web/jobs",
      `/${query}`,
    ];
    for (const path of pages) {
      const answer = await call(path, { headers: { cookie: `lang=${query}`, "accept-language": "en" } });
      const text = await answer.text();
      must(
        !/<script>alert|<img src=x/i.test(text) || !answer.headers.get("content-type")?.includes("html"),
        `${path} shows markup`,
      );
      must(!text.includes("\u001b"), `${path} holds an escape`);
    }
    for (const path of [...API_PATHS, `/api/v1/executor/jobs/${job.job_id}`]) {
      const answer = await trusted(path);
      must(answer.headers.get("content-type")?.startsWith("application/json") === true, `${path} is no JSON`);
      must(!(await answer.text()).includes("\u001b"), `${path} holds an escape`);
    }
    const log = await (await trusted(`/api/v1/executor/jobs/${job.job_id}/log`)).text();
    must(log.includes("red") && !DRIVES_TERMINAL.test(log.replaceAll("\n", "")), "the log would drive a terminal");
    const withEscape = JSON.stringify({ providers: [{ ...provider, id: ESCAPES }] });
    const refused = await trusted("/api/v1/models/import-astr", {
      method: "POST",
      headers: JSON_TYPE,
      body: withEscape,
    });
    await mustAnswer(refused, 400, "astr_provider_empty");
    return `${pages.length} pages, ${API_PATHS.length + 1} answers and the job's log show it as text`;
  },
};

const masking: Attack = {
  row: "Secrets in output",
  name: "a job prints our token plain, in base64 at three alignments, hex and URL-encoded, and in drips",
  async run({ trusted, service }) {
    const { apiToken } = service;
    const b64 = ["", "x", "xx"].map((before) => Buffer.from(before + apiToken).toString("base64"));
    const forms = [
      apiToken,
      ...b64,
      Buffer.from(apiToken).toString("hex"),
      apiToken.replace(/./g, (c) => `%${c.charCodeAt(0).toString(16)}`),
    ];
    const job = await service.finished(await service.submit({ task: `print\n${forms.join("\n")}`, cwd: "/tmp" }));
    const shown = [job.result_text];
    for (const rest of ["log", "events"]) {
      shown.push(await (await trusted(`/api/v1/executor/jobs/${job.job_id}/${rest}`)).text());
    }
    for (const text of shown) {
      must(text.includes("printed"), `the job did not print: ${text.slice(0, 200)}`);
      for (const form of forms) must(!text.includes(form.slice(4, -4)), "a form of the token is shown");
    }
    return `${forms.length} forms masked in result, log and events`;
  },
};

const inHeaders: Attack = {
  row: "Secrets in output",
  name: "our token in trace ids, other headers, paths and Host, plain, in hex and base64",
  async run({ trusted, call, service }) {
    const { apiToken } = service;
    const [hex, base64] = (["hex", "base64url"] as const).map((form) => Buffer.from(`x${apiToken}`).toString(form));
    const forms = [apiToken, hex ?? "", base64 ?? ""];
    const isClean = (text: string) => forms.every((form) => !text.includes(form.slice(4, -4)));
    for (const form of forms) {
      const headers = {
        "x-trace-id": form,
        "x-request-id": form,
        traceparent: form,
        "user-agent": form,
        referer: form,
      };
      const body = JSON.stringify({ task: "args", cwd: "/tmp" });
      const answers = [
        await trusted("/api/v1/executor/jobs", { method: "POST", headers: { ...headers, ...JSON_TYPE }, body }),
        await trusted(`/api/v1/executor/jobs/${form}`, { headers }),
        await call(`/${"x".repeat(230)}${form}`, { headers }),
        await call("/", { headers: { ...headers, host: form } }),
      ];
      for (const answer of answers) {
        must(isClean(JSON.stringify([...answer.headers]) + (await answer.text())), `${answer.url} gives it back`);
      }
    }
    for (const path of filesBelow(service.folder).filter((path) => /\.(?:log|jsonl|db|db-wal)$/.test(path))) {
      must(isClean(readFileSync(path, "latin1")), `${path} holds it`);
    }
    return `${forms.length} forms: in no answer, log, audit or row`;
  },
};

const logFlood: Attack = {
  row: "Log injection",
  name: "20,000 requests without a token, so that the records of others are rotated away",
  async run({ trusted, call, service }) {
    const sizeOf = (name: string) => readFileSync(join(service.folder, "logs/backend", name)).length;
    const before = [sizeOf("backend.log"), sizeOf("audit.jsonl")];
    const kinds: [path: string, init: RequestInit][] = [
      ["/api/v1/status", {}],
      [`/${"n".repeat(2000)}`, {}],
      ["/", { headers: { host: "evil.example" } }],
      ["/", { headers: { origin: "http://evil.example" } }],
      ["/", { method: "PUT" }],
      ["/web/login", {}],
      ["/web/jobs", {}],
      ["/assets/none", {}],
    ];
    let left = 20_000;
    const flooder = async () => {
      while (left-- > 0) {
        const [path, init] = kinds[left % kinds.length] ?? ["/", {}];
        await (await call(path, init)).text();
      }
    };
    await Promise.all(Array.from({ length: 32 }, flooder));
    const grown = [sizeOf("backend.log") - (before[0] ?? 0), sizeOf("audit.jsonl") - (before[1] ?? 0)];
    must(
      grown.every((bytes) => bytes < 64 * 1024),
      `log and audit grew by ${grown} bytes`,
    );
    await (await trusted("/api/v1/models")).text();
    const lines = readFileSync(join(service.folder, "logs/backend/backend.log"), "utf8").trimEnd().split("\n");
    must(/"suppressed_before":\d+/.test(lines.at(-1) ?? ""), "what was left out is not counted");
    return `log + ${grown[0]} bytes, audit + ${grown[1]} bytes; the rest is counted`;
  },
};

const atRest: Attack = {
  row: "Secrets at rest",
  name: "a look at every file and folder the service has made",
  async run({ service }) {
    // Bun keeps a cache of its own at home when it runs from source.
    const files = filesBelow(service.folder).filter((path) => !path.includes("/.bun/"));
    for (const path of files) {
      const mode = statSync(path).mode & 0o777;
      must((mode & 0o077) === 0, `${path} is 0${mode.toString(8)}`);
      // The task is the caller's own word and kept as such (contract); the environment file is where tokens live.
      if (path.endsWith(".env") || path.includes("backend_state.db")) continue;
      must(!readFileSync(path).includes(service.apiToken), `${path} holds the token`);
    }
    for (const folder of ["data", "data/jobs", "logs/backend"]) {
      const mode = statSync(join(service.folder, folder)).mode & 0o777;
      must(mode === 0o700, `${folder} is 0${mode.toString(8)}`);
    }
    const commandLine = readFileSync(`/proc/${service.pid}/cmdline`, "utf8");
    must(!commandLine.includes(service.apiToken), "the token is on the command line");
    return `${files.length} files 0600, folders 0700, no token in logs, journals or command line`;
  },
};

export const storedAttacks = [traversal, inHeaders, logInjection, logFlood, markup, masking, atRest];
