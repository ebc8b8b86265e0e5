import { expect, test } from "bun:test";
import { gapText, isTooLong, startLoopWatch } from "@test/support/loop-watch.ts";

const STALL_MS = 300;
const SERVER = `
  const server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: ({ url }) => {
    if (url.endsWith("/burn")) for (const from = performance.now(); performance.now() - from < ${STALL_MS};);
    if (url.endsWith("/block")) Bun.sleepSync(${STALL_MS});
    return new Response("{}");
  } });
  console.log(server.url.origin);
`;

const startServer = async () => {
  const child = Bun.spawn([process.execPath, "-e", SERVER], { stdout: "pipe" });
  const { value } = await child.stdout.getReader().read();
  return { child, pid: child.pid, url: new TextDecoder().decode(value).trim() };
};

test.each(["burn", "block"])("finds a stall and what ran: %s", async (path) => {
  const { child, pid, url } = await startServer();
  const watch = await startLoopWatch({ url, pid });

  watch.note("before");
  await Bun.sleep(STALL_MS);
  watch.note(path);
  await fetch(`${url}/${path}`);
  const gap = await watch.stop();

  child.kill();
  expect(isTooLong(gap)).toBe(true);
  expect(gap.labels).toContain(path);
  expect(gapText(gap)).toStartWith("longest gap ");
});

test("goes on when the server dies", async () => {
  const { child, pid, url } = await startServer();
  const watch = await startLoopWatch({ url, pid });

  child.kill("SIGKILL");
  await child.exited;

  expect(await watch.stop()).toHaveProperty("probes");
});
