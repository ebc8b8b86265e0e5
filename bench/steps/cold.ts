import type { Samples } from "../samples.ts";
import { type Form, type Forms, newRoot, start } from "../subjects.ts";

/** By a bare socket: an HTTP client takes as long for its first request as the bare server for its start. */
const answeredOk = (url: string, path: string) =>
  new Promise<void>((resolve, reject) => {
    const { host, hostname, port } = new URL(url);
    const failed = (why: unknown) => reject(new Error(`${url}${path}: ${String(why)}`));
    const socket = {
      open(socket: Bun.Socket) {
        socket.write(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
      },
      data(socket: Bun.Socket, answer: Buffer) {
        const status = answer.toString("latin1", 9, 12);
        if (status === "200") resolve();
        else failed(status);
        socket.end();
      },
      close: () => failed("closed"),
      error: (_: Bun.Socket, error: Error) => failed(error),
    };
    Bun.connect({ hostname, port: Number(port), socket }).catch(failed);
  });

/**
 * From the spawn to the first 200 after it has told its address, on folders of an earlier start. The address is told
 * when the database is open and the jobs are taken up.
 */
const coldMs = async (form: Form, root: string, path: string): Promise<number> => {
  const startedMs = performance.now();
  const subject = await start(form, {}, root);
  await answeredOk(subject.url, path);
  const ms = performance.now() - startedMs;
  await subject.stop();
  return ms;
};

export const measureColdStarts = async (forms: Forms, samples: Samples, rounds: number): Promise<void> => {
  const { bare, service, started, source } = forms;
  const measured = [
    ...[bare, service, started, source].map((form) => ({ form, path: "/healthz", what: form.name })),
    // The first answer that passes the router and writes to the database.
    { form: service, path: "/readyz", what: `${service.name}, /readyz` },
  ].map((start) => ({ ...start, root: newRoot() }));
  for (let round = 0; round <= rounds; round++) {
    for (const { form, root, path, what } of measured) {
      const ms = await coldMs(form, root, path);
      // The first round makes the database and fills the page cache.
      if (round > 0) samples.add(`cold start, ${what}`, ms);
    }
  }
};
