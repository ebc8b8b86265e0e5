import { type Attack, must, mustAnswer } from "./attack.ts";
import { latencies, ms, percentile, privateDirtyMib } from "./measure.ts";
import { holdOpen, sendRaw } from "./raw.ts";
import { cookieOf, logIn } from "./session.ts";

const API = "/api/v1/executors";
const MIB = 1024 * 1024;
/** That a head of 16 KiB may take. */
const MAX_HEAD_MS = 15;

/** Ways to make two readers of one stream disagree on where a request ends. `S` is what would be smuggled. */
const ambiguous = (host: string): string[] => {
  const S = `GET /web/models HTTP/1.1\r\nHost: ${host}\r\n\r\n`;
  const post = (headers: string, body: string) => `POST /nope HTTP/1.1\r\nHost: ${host}\r\n${headers}\r\n\r\n${body}`;
  return [
    post("Content-Length: 4\r\nTransfer-Encoding: chunked", `0\r\n\r\n${S}`),
    post(`Transfer-Encoding: chunked\r\nContent-Length: ${5 + S.length}`, `0\r\n\r\n${S}`),
    post(`Content-Length: 0\r\nContent-Length: ${S.length}`, S),
    post(`Content-Length: 0, ${S.length}`, S),
    ...["+5", "-5", "0x5", "", "18446744073709551616"].map((length) => post(`Content-Length: ${length}`, `hello${S}`)),
    post("Content-Length : 5", `hello${S}`),
    post("Transfer-Encoding : chunked", `0\r\n\r\n${S}`),
    ...[
      "xchunked",
      "chunked, identity",
      "identity, chunked",
      "\x0bchunked",
      "chunked\r\nTransfer-Encoding: identity",
    ].map((encoding) => post(`Transfer-Encoding: ${encoding}`, `0\r\n\r\n${S}`)),
    ...["-5\r\nhello\r\n", "FFFFFFFFFFFFFFFFF\r\nhello\r\n", "5\r\nhelloXX", "5;a\nhello\r\n"].map((chunk) =>
      post("Transfer-Encoding: chunked", `${chunk}0\r\n\r\n${S}`),
    ),
    `GET /nope HTTP/1.1\r\nHost: ${host}\r\nX: a\nAuthorization: Bearer x\r\n\r\n${S}`,
    `GET /nope HTTP/1.1\r\nHost: ${host}\r\nX: a\rY: b\r\n\r\n${S}`,
    `GET /nope HTTP/1.1\r\nHost: ${host}\r\nX: a\r\n b\r\n\r\n${S}`,
    `GET /nope HTTP/1.1\r\nHost: ${host}\r\nX: a\0b\r\n\r\n${S}`,
    `GET /nope HTTP/1.1\nHost: ${host}\n\n${S}`,
    `POST /nope HTTP/1.0\r\nHost: ${host}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${S}`,
    `GET /nope HTTP/1.1\r\nHost: ${host}\r\nContent-Length: ${S.length}\r\n\r\n${S}`,
  ];
};

const smuggling: Attack = {
  row: "Header smuggling",
  name: "requests whose end is told in two ways, with a second request behind",
  async run({ port, host }) {
    const requests = ambiguous(host);
    for (const request of requests) {
      const { statuses } = await sendRaw(port, request);
      must(!statuses.includes(200), `the smuggled request was answered: ${JSON.stringify(request.slice(0, 120))}`);
    }
    return `${requests.length} kinds, none let the second request through`;
  },
};

const oddMethods: Attack = {
  row: "Header smuggling",
  name: "methods and protocols that are none",
  async run({ port, host }) {
    const lines = [
      "CONNECT evil.example:80 HTTP/1.1",
      "TRACE / HTTP/1.1",
      "PRI * HTTP/2.0",
      "GET / HTTP/9.9",
      "G\0T / HTTP/1.1",
      "GET @evil/ HTTP/1.1",
      "* * *",
    ];
    const seen: string[] = [];
    for (const line of lines) {
      const { statuses, isClosed } = await sendRaw(port, `${line}\r\nHost: ${host}\r\n\r\n`);
      must(
        statuses.every((status) => status >= 400 && status !== 500),
        `${line} was answered ${statuses}`,
      );
      seen.push(statuses[0]?.toString() ?? (isClosed ? "closed" : "nothing"));
    }
    return seen.join(" ");
  },
};

const repeatedToken: Attack = {
  row: "Header smuggling",
  name: "two Authorization headers, the right one first and last",
  async run({ port, host, service: { apiToken } }) {
    const right = `Authorization: Bearer ${apiToken}`;
    for (const pair of [
      [right, "Authorization: Bearer x"],
      ["Authorization: Bearer x", right],
      [right, right],
    ]) {
      const { statuses } = await sendRaw(port, `GET ${API} HTTP/1.1\r\nHost: ${host}\r\n${pair.join("\r\n")}\r\n\r\n`);
      must(statuses.join() === "401", `answered ${statuses}`);
    }
    return "401";
  },
};

const DRIPS = 500;

const slowLoris: Attack = {
  row: "Slow loris",
  name: `${DRIPS} connections that send one header line a second`,
  async run({ port, host, trusted, service }) {
    await latencies(100, () => trusted(API));
    const before = await latencies(300, () => trusted(API));
    const memory = privateDirtyMib(service.pid);
    const drips = Array.from({ length: DRIPS }, () => holdOpen(port, `GET / HTTP/1.1\r\nHost: ${host}\r\n`));
    const drip = setInterval(() => {
      for (const { socket } of drips) if (socket.writable) socket.write("X-Drip: 1\r\n");
    }, 1000);
    const startedAt = performance.now();
    const during = await latencies(300, async () => mustAnswer(await trusted(API), 200));
    const grown = privateDirtyMib(service.pid) - memory;
    while (drips.some((connection) => connection.isOpen()) && performance.now() - startedAt < 30_000)
      await Bun.sleep(250);
    clearInterval(drip);
    const left = drips.filter((connection) => connection.isOpen()).length;
    for (const { socket } of drips) socket.destroy();
    must(left === 0, `${left} connections were never dropped`);
    must(percentile(during, 0.99) < 1000, `p99 was ${ms(percentile(during, 0.99))}`);
    return `p99 of others ${ms(percentile(before, 0.99))} before, ${ms(percentile(during, 0.99))} during; +${grown.toFixed(1)} MiB; all dropped after ${((performance.now() - startedAt) / 1000).toFixed(0)} s`;
  },
};

const slowBodies: Attack = {
  row: "Slow loris",
  name: "40 forms that send a byte a second, without a login and with one",
  async run(target) {
    const { port, host, call, trusted } = target;
    const form = { origin: `http://${host}`, "content-type": "application/x-www-form-urlencoded" };
    const send = (headers: Record<string, string>) =>
      call("/web/models/import", { method: "POST", headers: { ...form, ...headers }, body: "text=x" });
    const hold = (cookie: string) => {
      const lines = [
        `Host: ${host}`,
        `Origin: http://${host}`,
        `Cookie: ${cookie}`,
        "Content-Type: multipart/form-data; boundary=b",
      ];
      const head = `POST /web/models/import HTTP/1.1\r\n${lines.join("\r\n")}\r\nContent-Length: 8000000\r\n\r\n`;
      return Array.from({ length: 40 }, () => holdOpen(port, head));
    };
    const anonymous = hold("a=b");
    await Bun.sleep(300);
    const cookie = cookieOf(await logIn(target));
    must((await send({ cookie })).status === 400, "forms without a login take places");
    const members = hold(cookie);
    await Bun.sleep(300);
    const refused = await send({ cookie });
    await mustAnswer(await trusted(API), 200);
    for (const { socket } of [...anonymous, ...members]) socket.destroy();
    await mustAnswer(refused, 503, "too_busy");
    await Bun.sleep(300);
    must((await send({ cookie })).status === 400, "no place came free");
    return "without a login nothing is read; four are read at a time, further ones get 503; API and pages go on";
  },
};

const oversize: Attack = {
  row: "Oversize",
  name: "address, headers, cookies, ids, bodies with and without a length",
  async run({ call, trusted, port, host, service }) {
    const memory = privateDirtyMib(service.pid);
    await mustAnswer(await trusted(`${API}?q=${"x".repeat(9000)}`), 414, "uri_too_long");
    await mustAnswer(await trusted(`/api/v1/executor/jobs/${"x".repeat(7000)}`), 404, "job_not_found");
    for (const header of [
      `X: ${"x".repeat(20_000)}`,
      `Cookie: ${"a=b; ".repeat(5000)}`,
      "X: a\r\n".repeat(300).trimEnd(),
    ]) {
      const { statuses } = await sendRaw(port, `GET / HTTP/1.1\r\nHost: ${host}\r\n${header}\r\n\r\n`);
      must(statuses.join() === "431", `headers too large were answered ${statuses}`);
    }
    must(
      (await sendRaw(port, `GET /${"x".repeat(20_000)} HTTP/1.1\r\nHost: ${host}\r\n\r\n`)).statuses.join() === "431",
      "URL",
    );
    const announced = `Host: ${host}\r\nAuthorization: Bearer ${service.apiToken}\r\nContent-Type: application/json\r\nContent-Length: ${300 * MIB}\r\n\r\n{`;
    for (const path of [
      "/api/v1/executor/jobs",
      "/api/v1/models/import-astr",
      "/api/v1/responses",
      "/api/v1/executor/jobs/x/cancel",
    ]) {
      const { text, isClosed } = await sendRaw(port, `POST ${path} HTTP/1.1\r\n${announced}`);
      must(text.includes("413") && text.includes('"error_code":"payload_too_large"') && isClosed, text.slice(0, 200));
    }
    const endless = () => {
      let sent = 0;
      return new ReadableStream({ pull: (c) => (++sent > 300 ? c.close() : c.enqueue(new Uint8Array(MIB).fill(32))) });
    };
    const json = { "content-type": "application/json" };
    const limited = await trusted("/api/v1/executor/jobs", { method: "POST", headers: json, body: endless() }).catch(
      () => undefined,
    );
    if (limited) await mustAnswer(limited, 413, "payload_too_large");
    const anonymous = await call("/api/v1/executor/jobs", { method: "POST", headers: json, body: endless() }).catch(
      () => undefined,
    );
    if (anonymous) await mustAnswer(anonymous, 401, "auth_failed");
    const grown = privateDirtyMib(service.pid) - memory;
    must(grown < 40, `private memory grew by ${grown.toFixed(0)} MiB`);
    return `414, 404, 431, 413 in our envelope; 300 MiB streams cost ${grown.toFixed(1)} MiB`;
  },
};

const streams: Attack = {
  row: "SSE exhaustion",
  name: "300 event streams of a running job that nobody reads",
  async run({ port, host, trusted, service }) {
    const jobId = await service.submit({ task: "sleep", cwd: "/tmp" });
    const head = `GET /api/v1/executor/jobs/${jobId}/events HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${service.apiToken}\r\n\r\n`;
    const memory = privateDirtyMib(service.pid);
    const readers = Array.from({ length: 300 }, () => holdOpen(port, head));
    await Bun.sleep(1000);
    const refused = await trusted(`/api/v1/executor/jobs/${jobId}/events`);
    const others = await latencies(100, async () => mustAnswer(await trusted(API), 200));
    const grown = privateDirtyMib(service.pid) - memory;
    for (const { socket } of readers) socket.destroy();
    await mustAnswer(refused, 503, "too_busy");
    await Bun.sleep(500);
    const again = await trusted(`/api/v1/executor/jobs/${jobId}/events`);
    must(again.status === 200, `after they left: ${again.status}`);
    await again.body?.cancel();
    await service.cancel(jobId);
    await service.finished(jobId);
    return `64 are served, the next get 503; others' p99 ${ms(percentile(others, 0.99))}; private memory ${memory.toFixed(0)} to ${(memory + grown).toFixed(0)} MiB; places come free`;
  },
};

const costly: Attack = {
  row: "Costly input",
  name: "heads of one character, repeated as often as a head can hold it",
  async run({ call }) {
    const heads: Record<string, () => Promise<Response>> = {
      commas: () => call(API, { headers: { authorization: ",".repeat(15_900) } }),
      blanks: () => call(API, { headers: { authorization: `x${" ".repeat(15_000)}x` } }),
      slashes: () => call(`${"/".repeat(8000)}x`),
      "slashes of a page": () => call(`/web/jobs${"/".repeat(8000)}x`),
      percents: () => call(`/${"%25".repeat(2600)}`),
      cookies: () => call("/web/status", { headers: { cookie: ";=".repeat(7500) } }),
      languages: () => call("/web/status", { headers: { "accept-language": ",;".repeat(7500) } }),
    };
    // The fastest of several: others use this machine too.
    const fastest = async (send: () => Promise<Response>) =>
      Math.min(...(await latencies(20, async () => void (await (await send()).text()))));
    const seen: string[] = [];
    const plain = await fastest(() => call(API));
    for (const [name, send] of Object.entries(heads)) {
      const took = await fastest(send);
      must(took < plain + MAX_HEAD_MS, `${name} took ${ms(took)}, nothing ${ms(plain)}`);
      seen.push(`${name} ${ms(took)}`);
    }
    return `an empty head ${ms(plain)}; ${seen.join(", ")}`;
  },
};

export const wireAttacks = [smuggling, oddMethods, repeatedToken, slowLoris, slowBodies, oversize, costly, streams];
