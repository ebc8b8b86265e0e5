import { expect, test } from "bun:test";
import { onTestEnd } from "@test/support/cleanup.ts";
import { fixture } from "@test/support/fixtures.ts";
import { readProcess, sendSignal } from "@/lib/proc.ts";

const NOBODY = 65_534;
const asNobody = { uid: NOBODY, gid: NOBODY };
const script = fixture("executor/signal-another-user.ts");

/** Only root can become somebody else, who must then be able to reach Bun and read what he is to run. */
const canActAsNobody = (): boolean => {
  try {
    const read = `await Bun.file(${JSON.stringify(script)}).text()`;
    return process.getuid?.() === 0 && Bun.spawnSync([process.execPath, "-e", read], asNobody).success;
  } catch {
    return false;
  }
};
const isPossible = canActAsNobody();

test.if(isPossible)(
  `a process of another user is passed over, so that the others still get their signal${
    isPossible ? "" : " (left out: needs root, and Bun and this folder within another user's reach)"
  }`,
  async () => {
    const stranger = Bun.spawn(["sleep", "1000"], { stdio: ["ignore", "ignore", "ignore"] });
    onTestEnd(() => stranger.kill("SIGKILL"));
    const sender = Bun.spawn([process.execPath, script, String(stranger.pid)], {
      ...asNobody,
      stdin: "ignore",
      stdout: "pipe",
      stderr: "inherit",
    });
    expect(await new Response(sender.stdout).text()).toBe("went on\n");
    expect(readProcess(stranger.pid)).toBeDefined();
    stranger.kill("SIGKILL");
    await stranger.exited;
  },
);

test("a process that is gone needs no signal", async () => {
  const child = Bun.spawn(["true"]);
  await child.exited;
  expect(() => sendSignal(child.pid, "SIGKILL")).not.toThrow();
});
