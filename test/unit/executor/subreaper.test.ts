import { expect, test } from "bun:test";
import { fixture } from "@test/support/fixtures.ts";

test("a process without environment, session and parent comes to us, is ended and leaves no zombie", async () => {
  const child = Bun.spawn([process.execPath, fixture("executor/become-subreaper.ts")], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "inherit",
  });
  const seen = JSON.parse(await new Response(child.stdout).text());
  // The child that Bun started is not taken for one, and Bun still learns its exit code.
  expect(seen).toEqual({ adopted: 1, afterEarlyReap: 1, zombies: 0, exitCode: 7 });
});
