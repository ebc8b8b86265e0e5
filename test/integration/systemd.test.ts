import { dlopen } from "bun:ffi";
import { expect, test } from "bun:test";
import { join, resolve } from "node:path";
import { createTestApp, newRoot } from "@test/support/app.ts";
import { startChild, untilReady } from "@test/support/child.ts";
import { onTestEnd } from "@test/support/cleanup.ts";
import { createTestClock } from "@test/support/test-clock.ts";

const MAIN = resolve(import.meta.dir, "../../src/main.ts");
const AF_UNIX = 1;
const SOCK_DGRAM_NONBLOCK = 0o4002;
const O_NONE = 0;

/** The socket that systemd would listen at; Bun has none of that kind. */
const listenAt = (path: string) => {
  const { symbols: libc } = dlopen("libc.so.6", {
    socket: { args: ["i32", "i32", "i32"], returns: "i32" },
    bind: { args: ["i32", "ptr", "u32"], returns: "i32" },
    recv: { args: ["i32", "ptr", "u64", "i32"], returns: "i64" },
    close: { args: ["i32"], returns: "i32" },
  });
  const fd = libc.socket(AF_UNIX, SOCK_DGRAM_NONBLOCK, 0);
  const address = Buffer.concat([Buffer.from([AF_UNIX, 0]), Buffer.from(`${path}\0`)]);
  if (libc.bind(fd, address, address.length) !== 0) throw new Error(`cannot listen at ${path}`);
  onTestEnd(() => libc.close(fd));
  return {
    /** Everything told so far. */
    read(): string[] {
      const messages: string[] = [];
      const buffer = Buffer.alloc(256);
      for (;;) {
        const length = Number(libc.recv(fd, buffer, buffer.length, O_NONE));
        if (length <= 0) return messages;
        messages.push(buffer.toString("utf8", 0, length));
      }
    },
  };
};

const startNotifying = (env: Record<string, string> = {}) => {
  const root = newRoot();
  const socket = listenAt(join(root, "notify"));
  const child = startChild([process.execPath, "--no-env-file", MAIN], {
    root,
    cwd: resolve(import.meta.dir, "../.."),
    env: { NOTIFY_SOCKET: join(root, "notify"), ...env },
  });
  return { socket, child };
};

test("systemd is notified when the service is ready, where its page is, and when it stops", async () => {
  const { socket, child } = startNotifying();

  const page = (await untilReady(child)).trim().split("\n").at(-1);
  expect(socket.read()).toEqual(["WATCHDOG=1", `STATUS=${page}`, "READY=1"]);

  child.kill("SIGHUP");
  expect((await fetch(new URL("/healthz", page))).status).toBe(200);
  child.kill("SIGTERM");
  expect(await child.exited).toBe(0);
  expect(socket.read()).toEqual(["STATUS=Stopping", "STOPPING=1"]);
});

test("a wrong setting ends the start with the exit code that systemd does not retry, and its sentence is kept", async () => {
  const { socket, child } = startNotifying({ BACKEND_PORT: "many" });
  expect(await child.exited).toBe(78);
  expect(socket.read()).toEqual([expect.stringMatching(/^STATUS=Cannot start\. Wrong settings: BACKEND_PORT /)]);
  expect(await new Response(child.stderr).text()).toStartWith("Cannot start. Wrong settings: BACKEND_PORT ");

  const taken = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response() });
  onTestEnd(() => taken.stop(true));
  const other = startNotifying({ BACKEND_PORT: String(taken.port) });
  expect(await other.child.exited).toBe(1);
});

test("the watchdog is told every minute, by a worker that takes jobs only", async () => {
  const clock = createTestClock();
  let beats = 0;
  const app = createTestApp({ clock, heartbeat: () => beats++ });
  await app.container.start();
  expect(beats).toBe(1);

  await clock.advance(120_000);
  expect(beats).toBe(3);

  await app.container.worker.stop();
  await clock.advance(120_000);
  expect(beats).toBe(3);
});
