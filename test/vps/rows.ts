import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { codexConfig } from "@test/real/codex-home.ts";
import { BROUGHT } from "./image.ts";
import { HOST, ROOT } from "./server.ts";
import { BACKEND, expect, fromDocument, GATEWAY, README, RUNBOOK, type Stage, secondsSince } from "./stage.ts";

export interface Row {
  what: string;
  isLong?: boolean;
  /** @returns figures. @throws with what was seen instead. */
  play: (stage: Stage) => Promise<string>;
}

const OLD = "2026.2.9";
/** Emulated; a service that is throttled or starved takes minutes. */
const MAX_ANSWER_MS = 10_000;
/** Emulated programs take a multiple of their time. */
const SLOW = {
  EXECUTOR_TIMEOUT_SECONDS: 900,
  RELAY_TOTAL_TIMEOUT_SECONDS: 900,
  RELAY_FIRST_BYTE_TIMEOUT_SECONDS: 900,
  RELAY_STALL_TIMEOUT_SECONDS: 900,
};
/** A child outgrows every limit; the shell that started it goes on. The kernel fills its memory, also fast if emulated. */
const HOG = "dd if=/dev/zero of=/dev/null bs=2000M count=1";

/** README 3, with the fake model for the provider. */
const modelConfig = (modelUrl: string): string =>
  readFileSync(resolve(import.meta.dir, "../../openclaw_sidecar.config.json5"), "utf8")
    .replace(/^ {2}\/\/ models: \{\n(?: {2}\/\/.*\n)*? {2}\/\/ \},\n/m, (block) =>
      block.replaceAll(/^ {2}\/\/ /gm, "  "),
    )
    .replace("// model: {", "model: {")
    .replace("https://api.deepseek.com/v1", modelUrl)
    .replaceAll("deepseek-chat", "fake-1")
    .replace('"openai-completions"', '"openai-responses"')
    .replace("timeoutSeconds: 90", "timeoutSeconds: 900");

/** Both are at work again. */
const bothUp = async ({ until, isReady, isGatewayUp }: Stage): Promise<string> => {
  const ready = await until("the backend", isReady);
  return `backend ready after ${ready} s, gateway ${await until("the gateway", isGatewayUp)} s later`;
};

const isOver = ({ state }: { state: string }): boolean => !["queued", "running"].includes(state);

const expectInterrupted = async (stage: Stage, id: string): Promise<void> => {
  const { state, error_code } = await stage.jobOf(id);
  expect(state === "failed" && error_code === "interrupted", `the job: ${state} ${error_code}`);
};

/** How long /readyz took at most, in milliseconds, until something is so. */
const slowestAnswer = async ({ isReady, until }: Stage, isSo: () => Promise<boolean>): Promise<number> => {
  let slowest = 0;
  await until("an end", async () => {
    const begun = performance.now();
    expect(await isReady(), "/readyz refuses");
    slowest = Math.max(slowest, performance.now() - begun);
    return isSo();
  });
  return Math.round(slowest);
};

const ended = async (stage: Stage, id: string): Promise<Awaited<ReturnType<Stage["jobOf"]>>> => {
  await stage.until("the job's end", async () => isOver(await stage.jobOf(id)));
  return stage.jobOf(id);
};

/** As its install leaves it: the rest of the install takes too long under emulation. */
const provide = async ({ must }: Stage, version: string): Promise<void> => {
  const releases = `${ROOT}/data/openclaw_releases`;
  const brought = `${BROUGHT}/openclaw-${version}`;
  await must(`rm -rf ${releases}/.unfinished && mkdir ${releases}/${version}`);
  await must(`echo '${brought} ${releases}/${version} none bind 0 0' >> /etc/fstab && mount ${releases}/${version}`);
  await must(`ln -s ${brought} ${releases}/node-22.12.0`);
};

export const rows: Row[] = [
  {
    what: "README: Bun by npm, the clone, the first start; the runbook's stop",
    async play(stage) {
      const { must, run, until, isReady } = stage;
      await stage.write("/root/.npmrc", `registry=http://${HOST}:${stage.registry.port}/\n`);
      const begun = performance.now();
      await must(`cd /root; ${fromDocument(README, "npm install -g bun")}`, 900_000);
      const installed = secondsSince(begun);
      const start = fromDocument(README, "git clone");
      await must(
        `cd /root; echo '${start}' > first-start.sh; setsid sh -e first-start.sh < /dev/null > start.log 2>&1 &`,
      );
      const ready = await until("the first start", isReady, 900);
      await stage.readTokens();
      // What the next steps bring.
      await stage.hasNoFault(["gateway_refused", "codex_missing"]);
      await must(fromDocument(RUNBOOK, 'kill "$(ss'));
      const stopped = await until("its stop", async () => (await run("pgrep ^openclaw-backen")).code !== 0, 120);
      return `Bun in ${installed} s, ready after ${ready} s, stopped in ${stopped} s`;
    },
  },
  {
    what: "README: the model and its key; Codex with a provider of one's own",
    async play({ must, write, modelUrl }) {
      await write("data/openclaw_home/.env", "MY_MODEL_KEY=fake-key\n");
      await write("openclaw_sidecar.config.json5", modelConfig(modelUrl));
      await must(`ln -s ${BROUGHT}/codex/node_modules/.bin/codex /usr/local/bin/ && mkdir -p /root/.codex`);
      await write("/root/.codex/config.toml", codexConfig(modelUrl));
      const settings = { EXECUTOR_PASS_ENV: "FAKE_KEY", FAKE_KEY: "fake-key", ...SLOW };
      const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
      await must(
        `${Object.keys(settings)
          .map((name) => `sed -i '/^${name}=/d' .env`)
          .join("; ")}; printf '%s\\n' ${lines.join(" ")} >> .env`,
      );
      return must("codex --version");
    },
  },
  {
    what: "the runbook's units; the power is cut while npm installs the gateway: both go on by themselves",
    async play(stage) {
      const { must, until, show, isReady } = stage;
      await must(fromDocument(RUNBOOK, "deploy:systemd --install").replace("# 需要 root", ""), 900_000);
      const ready = await until("the backend", isReady);
      const isInstalling = async () => /installing openclaw .*MB/.test(await show(GATEWAY, "StatusText"));
      await until("the install", isInstalling);
      await stage.hasNoFault();
      const before = await show(GATEWAY, "StatusText");
      await stage.cutPower();
      const booted = await stage.powerOn();
      const again = await until("the backend after the power cut", isReady);
      await until("the install anew", isInstalling);
      await stage.namedFirst("gateway_installing");
      return `ready after ${ready} s; cut at "${before}"; ssh ${booted.toFixed(0)} s after power on, ready ${again} s later, then "${await show(GATEWAY, "StatusText")}"`;
    },
  },
  {
    what: "OpenClaw 2026.2.9 starts cold",
    async play(stage) {
      await stage.must(`systemctl stop ${GATEWAY}`);
      await provide(stage, OLD);
      await stage.must(`systemctl start ${GATEWAY}`);
      const seconds = await stage.until("the gateway", stage.isGatewayUp);
      const restarts = await stage.show(GATEWAY, "NRestarts");
      expect(restarts === "0", `it was restarted ${restarts} times`);
      await stage.hasNoFault();
      return `${seconds} s`;
    },
  },
  {
    what: "README: the check, an answer and a job with the real Codex",
    async play(stage) {
      const script = fromDocument(README, "gateway/check");
      const turns = script.slice(0, script.indexOf("# 一个任务"));
      const answers = await stage.must(turns, 600_000);
      await stage.memory.sample();
      const job = await stage.submit("say hello [[say:hello from the job]]");
      const { state, result_text, peak_memory_mib } = await ended(stage, job);
      expect(/"ok":true/.test(answers) && answers.includes("pong"), answers);
      expect(state === "succeeded" && result_text === "hello from the job", `${state} ${result_text}`);
      return `the job took ${peak_memory_mib} MiB at most`;
    },
  },
  {
    what: "a greedy job meets its own limit: it is told as killed for memory, and the backend answers meanwhile",
    async play(stage) {
      // Codex waits ten seconds for a command, then asks the model again.
      const waits = "[[shell:sleep 9]]".repeat(15);
      const job = await stage.submit(`[[shell:${HOG}]]${waits}[[say:done]]`);
      const slowest = await slowestAnswer(stage, async () => isOver(await stage.jobOf(job)));
      const { state, error_code, peak_memory_mib } = await stage.jobOf(job);
      expect(state === "failed" && error_code === "memory_pressure", `${state} ${error_code}`);
      expect(slowest < MAX_ANSWER_MS, `/readyz took ${slowest} ms`);
      return `peak ${peak_memory_mib} MiB, slowest /readyz ${slowest} ms`;
    },
  },
  {
    what: "the gateway meets its limit, then kill -9 of the backend: both are started again",
    async play(stage) {
      const { run, show, until } = stage;
      const group = `/sys/fs/cgroup/system.slice/${GATEWAY}.service/cgroup.procs`;
      await run(`setsid sh -c "echo \\$\\$ > ${group}; ${HOG} & ${HOG}" < /dev/null > /dev/null 2>&1 &`);
      const isRestarted = async (unit: string) => (await show(unit, "NRestarts")) !== "0";
      const slowest = await slowestAnswer(stage, () => isRestarted(GATEWAY));
      expect(slowest < MAX_ANSWER_MS, `/readyz took ${slowest} ms`);
      const journal = await run(`journalctl -u ${GATEWAY} -o cat --no-pager -n 40`);
      expect(/oom-kill/.test(journal.out), journal.out);
      await run(`systemctl kill -s KILL --kill-who=main ${BACKEND}`);
      await until("the backend's restart", () => isRestarted(BACKEND));
      const figures = await bothUp(stage);
      await stage.hasNoFault();
      return `slowest /readyz ${slowest} ms, ${figures}`;
    },
  },
  {
    what: "the whole host runs short: no heavy work below 512 MiB, read-only below 350, and all of it again after",
    async play(stage) {
      const { run, must, memory, api } = stage;
      const leave = async (mib: number) => {
        const size = ((await memory.sample())?.available ?? 0) - mib;
        await must(`mount -o remount,size=95% /dev/shm && fallocate -l ${size}M /dev/shm/hog-${mib}`);
        return (await memory.sample())?.available;
      };
      const refusal = async () => {
        const { status, text } = await api("/executor/jobs", { task: "[[say:done]]", cwd: "/tmp" });
        return `${status} ${(JSON.parse(text) as { error_code?: string }).error_code ?? ""}`;
      };
      // What is taken would be swapped out, and be available again.
      await must("swapoff -a");
      try {
        const left = [await leave(430)];
        expect((await refusal()) === "503 mem_heavy_reject", `with ${left} MiB: ${await refusal()}`);
        left.push(await leave(300));
        expect((await refusal()) === "503 mem_force_read_only", `with ${left} MiB: ${await refusal()}`);
        const command = await stage.namedFirst("memory_read_only");
        const shown = await run(command);
        expect(shown.code === 0 && /node|openclaw/.test(shown.out), `${command}: ${shown.out}`);
        await must("rm /dev/shm/hog-*");
        const { state } = await ended(stage, await stage.submit("[[say:done]]"));
        expect(state === "succeeded", `then ${state}`);
        return `left ${left.join(" and ")} MiB`;
      } finally {
        await run("rm -f /dev/shm/hog-*; swapon -a");
      }
    },
  },
  {
    what: "before an upgrade: the doctor says what memory the version needs, and its command adds it",
    async play({ must, run, doctor }) {
      const needed = async () => (await doctor()).find(({ kind }) => kind === "sidecar_memory");
      await must("cp -p .env kept.env && swapoff -a");
      await must(
        fromDocument(RUNBOOK, "OPENCLAW_VERSION=2026.9.6")
          .split("\n")
          .find((line) => line.startsWith("sed ")) ?? "",
      );
      try {
        const finding = await needed();
        expect(finding !== undefined, "the doctor does not say it");
        await must(finding?.command.replaceAll("sudo ", "") ?? "");
        expect((await needed()) === undefined, "the doctor says it again");
        return finding?.seen ?? "";
      } finally {
        await run("swapoff -a; rm -f /swapfile; swapon -a; mv kept.env .env");
      }
    },
  },
  {
    what: "systemctl stop with a job and a turn: both end in time, the job is told as interrupted, the doctor starts the gateway",
    async play(stage) {
      const { must, model, run } = stage;
      const job = await stage.submit("[[hang]] the stopped job");
      await model.received(({ body }) => JSON.stringify(body).includes("the stopped job"));
      const turn = stage.turn("[[hang]] the stopped turn").catch(() => undefined);
      await model.received(({ body }) => JSON.stringify(body).includes("the stopped turn"));
      await stage.memory.sample();
      const begun = performance.now();
      await must(`systemctl stop ${BACKEND} ${GATEWAY}`, 300_000);
      const stopped = secondsSince(begun);
      const answer = await turn;
      expect((await run("pgrep -l '^(openclaw|codex)'")).code !== 0, "processes are left");
      await must(`systemctl start ${BACKEND}`);
      await stage.until("the backend", stage.isReady);
      await expectInterrupted(stage, job);
      await must(await stage.namedFirst("gateway_refused"));
      return `stopped in ${stopped} s, the turn was answered by ${answer?.status ?? "a closed connection"}`;
    },
  },
  {
    what: "the power is cut during a job and a start of the gateway: both come up, the job is told as interrupted",
    async play(stage) {
      const { model } = stage;
      const job = await stage.submit("[[hang]] the cut job");
      await model.received(({ body }) => JSON.stringify(body).includes("the cut job"));
      await stage.cutPower();
      const booted = await stage.powerOn();
      const figures = await bothUp(stage);
      await expectInterrupted(stage, job);
      await stage.hasNoFault();
      return `ssh ${booted.toFixed(0)} s after power on, ${figures}`;
    },
  },
  {
    what: "a reboot during a job: both come up, the session goes on",
    async play(stage) {
      const job = await stage.submit("[[hang]] the rebooted job");
      await stage.model.received(({ body }) => JSON.stringify(body).includes("the rebooted job"));
      const booted = await stage.reboot();
      const figures = await bothUp(stage);
      await expectInterrupted(stage, job);
      const { status, text } = await stage.turn("[[say:after the reboot]]");
      expect(status === 200 && text.includes("after the reboot"), `${status} ${text}`);
      return `ssh after ${booted.toFixed(0)} s, ${figures}`;
    },
  },
];
