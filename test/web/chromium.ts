import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, chromium } from "playwright-core";

const PATH = "/usr/bin/chromium";
/** Chinese and emoji must be drawn, or screenshots show boxes. */
const PACKAGES = ["chromium", "fonts-noto-cjk", "fonts-noto-color-emoji"];

/** Debian's Chromium, installed when it is missing and we may. */
const ensureChromium = () => {
  if (existsSync(PATH)) return;
  console.log(`Installing ${PACKAGES.join(", ")}…`);
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  for (const argv of [["update"], ["install", "--yes", "--no-install-recommends", ...PACKAGES]]) {
    const { success, stderr } = Bun.spawnSync(["apt-get", ...argv], { env, stdout: "ignore", stderr: "pipe" });
    if (!success) throw new Error(`Run as root: apt-get install ${PACKAGES.join(" ")}\n${stderr}`);
  }
};

/** Over a socket: Playwright's own pipe to a browser hangs under Bun 1.4.5. */
export const startBrowser = async (): Promise<{ browser: Browser; stop(): Promise<void> }> => {
  ensureChromium();
  const profile = mkdtempSync(join(tmpdir(), "chromium-"));
  const child = Bun.spawn(
    [
      PATH,
      "--headless",
      "--no-sandbox",
      "--disable-dev-shm-usage",
      "--disable-gpu",
      "--hide-scrollbars",
      "--remote-debugging-port=0",
      `--user-data-dir=${profile}`,
      "about:blank",
    ],
    { stdin: "ignore", stdout: "ignore", stderr: "pipe", detached: true },
  );
  const browser = await chromium.connectOverCDP(await readAddress(child.stderr));
  return {
    browser,
    async stop() {
      await browser.close();
      process.kill(-child.pid, "SIGKILL");
      await child.exited;
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
};

const readAddress = async (stderr: ReadableStream<Uint8Array>): Promise<string> => {
  let printed = "";
  const decoder = new TextDecoder();
  const reader = stderr.getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    printed += decoder.decode(part.value, { stream: true });
    const found = /ws:\/\/\S+/.exec(printed)?.[0];
    if (found === undefined) continue;
    reader.releaseLock();
    return found;
  }
  throw new Error(`Chromium did not start. It printed:\n${printed}`);
};
