/**
 * `bun run test:systemd [--short] [--suite trixie] [words ...]`: installs the units as RUNBOOK.zh-CN.md says in a Debian booted by
 * systemd-nspawn, then breaks them in one way after the other. The doctor must name each fault first, and its command,
 * run as printed, must fix it. The long form adds the real gateways and the real watchdog.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { openclawVersions, peersCache } from "@test/real/peers.ts";
import { ensureDebian } from "@test/support/debian.ts";
import { createRunbook, runbookBlocks } from "@test/support/runbook.ts";
import type { ReportLine } from "@/doctor/report.ts";
import { messageOf } from "@/lib/errors.ts";
import { translate } from "@/locales/translate.ts";
import { bootMachine, prepareHost, programs, projectFiles, ROOT } from "./machine.ts";

const args = process.argv.slice(2);
const isShort = args.includes("--short");
/** Only rows whose name has one of these; the first three always. */
const words = args.filter((word, index) => !word.startsWith("--") && args[index - 1] !== "--suite");
const suite =
  args[args.indexOf("--suite") + 1] && args.includes("--suite")
    ? String(args[args.indexOf("--suite") + 1])
    : "bookworm";
const PROJECT = join(import.meta.dir, "../..");
const INSIDE = join(import.meta.dir, "inside");
const BACKEND = "openclaw-assistant-backend";
const GATEWAY = "openclaw-gateway";
/** Which the stand-in of the registry has too. */
const NEW = "2026.9.1";
const peers = peersCache(process.env);

await prepareHost().catch((error: unknown) => {
  console.log(`test:systemd cannot run on this host: ${messageOf(error)}`);
  console.log("0 passed, 0 failed");
  process.exit(isShort ? 0 : 1);
});

const began = performance.now();
const results: boolean[] = [];
const left: string[] = [];
/** Left out of the short form: of its kind another row is there. */
const LONG = ["bad token", "start limit", "Bun has moved", "another user", "twice"];
const row = async (what: string, act: () => Promise<string | { complaint: string; figure: string }>) => {
  const isWanted = words.length === 0 || results.length < 3 || words.some((word) => what.includes(word));
  if (!isWanted || (isShort && LONG.some((word) => what.includes(word)))) return;
  const startedMs = performance.now();
  const outcome = await act().catch(async (error: unknown) => {
    const { out } = await machine.run(`journalctl -u ${GATEWAY} -u ${BACKEND} -n 8 --no-pager -o cat`);
    return `${String(error)}\n${out}`;
  });
  const { complaint, figure } = typeof outcome === "string" ? { complaint: outcome, figure: "" } : outcome;
  results.push(complaint === "");
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  console.log(
    `${complaint === "" ? "pass" : "FAIL"}  ${what} (${[figure, `${seconds} s`].filter(Boolean).join(", ")})${complaint && `: ${complaint}`}`,
  );
};

const bind = {
  ...programs(),
  "/opt/node_modules": join(PROJECT, "node_modules"),
  ...(isShort ? {} : { "/opt/peers": peers }),
};
const machine = await bootMachine({
  image: await ensureDebian(suite),
  bring: {
    ...projectFiles(),
    "/opt/inside": INSIDE,
    "/opt/backend-service/uvicorn": join(INSIDE, "uvicorn"),
  },
  bind,
});
const { run } = machine;
process.once("SIGINT", () => void machine.stop().then(() => process.exit(130)));
process.once("SIGTERM", () => void machine.stop().then(() => process.exit(143)));

const must = async (line: string, timeoutMs?: number): Promise<string> => {
  const { code, out } = await run(line, timeoutMs);
  if (code !== 0) throw new Error(`${line}: exit code ${code}: ${out.slice(-600)}`);
  return out;
};
const until = async (isTrue: () => Promise<boolean>, seconds: number): Promise<number> => {
  const startedMs = performance.now();
  while (!(await isTrue())) {
    if (performance.now() - startedMs > seconds * 1000) throw new Error(`not within ${seconds} s`);
    await Bun.sleep(100);
  }
  return (performance.now() - startedMs) / 1000;
};
const show = async (unit: string, property: string) => (await run(`systemctl show --value -p ${property} ${unit}`)).out;
const api = async (path: string, body?: object): Promise<Record<string, never>> => {
  const post = body ? `-X POST -H 'Content-Type: application/json' -d '${JSON.stringify(body)}'` : "";
  const token = `"$(sed -n 's/^BACKEND_API_TOKEN=//p' .env)"`;
  return JSON.parse(
    (await run(`curl -s -m 10 ${post} -H "Authorization: Bearer "${token} http://127.0.0.1:18889${path}`)).out || "{}",
  );
};
/** The lines of an upgrade or rollback between the gateway's stop and its start. */
const linesOf = (section: number): string =>
  runbookBlocks()
    .filter((block) => block.section.startsWith(`${section}. `) && block.needs === "Docker")
    .flatMap(({ code }) => code.split("\n").filter((line) => /^(?:cp|mv|sed) /.test(line)))
    .map((line) => `${line}\n`)
    .join("");
const isReady = async () => (await run("curl -sf -m 3 http://127.0.0.1:18889/readyz")).code === 0;
const isGatewayUp = async () => (await run("curl -s -m 3 -o /dev/null http://127.0.0.1:18789/")).code === 0;
/** The service's own probe, which the gateway refuses before any model is called. */
const PROBE =
  "curl -s -m 10 -o /dev/null -w '%{http_code}' -H 'Content-Type: application/json' -d '{}' " +
  "-H \"Authorization: Bearer $(sed -n 's/^OPENCLAW_GATEWAY_TOKEN=//p' .env)\" http://127.0.0.1:18789/v1/responses";
const TEXT =
  "-H \"Authorization: Bearer $(sed -n 's/^BACKEND_API_TOKEN=//p' .env)\" " +
  "'http://127.0.0.1:18889/api/v1/status?format=text&lang=en'";
const doctor = async (): Promise<ReportLine[]> => {
  const { out } = await run("bun run doctor --json 2>/dev/null");
  return JSON.parse(out.slice(out.indexOf("{"))).findings;
};
/** What the doctor names first must be `kind`, and its command must end it. */
const fixes = async (kind: string, andThen: string[] = []): Promise<string> => {
  const [first] = await doctor();
  if (first?.kind !== kind) return `named first: ${first?.kind} (${first?.seen})`;
  await run(first.command.replaceAll("sudo ", ""));
  for (const next of andThen) {
    const line = (await doctor()).find((finding) => finding.kind === next);
    if (!line) return `${next} is not named`;
    await run(line.command.replaceAll("sudo ", ""));
  }
  await until(async () => (await isReady()) && (await isGatewayUp()), 60);
  const after = (await doctor()).filter(({ state }) => state === "fail");
  return after.map((finding) => `still: ${finding.kind} (${finding.seen}; ${finding.cause})`).join("; ");
};
const setEnv = (name: string, value: string) => must(`sed -i 's#^${name}=.*#${name}=${value}#' .env`);

const runbook = createRunbook("root");

try {
  await must(
    "ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm && ln -s /opt/inside/codex /usr/local/bin/codex && " +
      "echo registry=http://127.0.0.1:4873 > /root/.npmrc && systemd-run --quiet bun /opt/inside/registry.ts && touch /run/slow",
  );
  const controllers = (await run("cat /sys/fs/cgroup/cgroup.controllers")).out;
  console.log(
    `${(await run("systemctl --version | head -n 1")).out}; controllers: ${controllers || "none"}; booted in ${((performance.now() - began) / 1000).toFixed(1)} s`,
  );

  await row("a fresh host: the runbook's commands start the backend, with .env written", async () => {
    await must(runbook.take(1, "bun run deploy:systemd --install"), 240_000);
    const seconds = await until(isReady, 120);
    const status = await show(BACKEND, "StatusText");
    return {
      complaint: status.endsWith("/web/status") ? "" : `StatusText: ${status}`,
      figure: `ready after ${seconds.toFixed(1)} s`,
    };
  });
  await row(
    "while the gateway is installed, journal, systemctl, page and doctor say how far it is, and no FAIL",
    async () => {
      await until(async () => (await run("ls data/openclaw_releases/.unfinished")).code === 0, 60);
      await until(async () => /installing openclaw .* MB/.test(await show(GATEWAY, "StatusText")), 30);
      const { state } = (await api("/api/v1/status")) as {
        state?: { sidecar: { startup: { state: string; message: string } | null } };
      };
      if (state?.sidecar.startup?.state !== "installing") return `status: ${JSON.stringify(state?.sidecar.startup)}`;
      if (!/installing openclaw/.test((await run(`journalctl -u ${GATEWAY}`)).out)) return "nothing in the journal";
      const failed = (await doctor()).filter(({ state }) => state === "fail");
      return {
        complaint: failed.map(({ kind, seen }) => `${kind}: ${seen}`).join("; "),
        figure: state.sidecar.startup.message,
      };
    },
  );
  await row("the gateway starts, in folders that were not there, by the host's own npm registry", async () => {
    await must("rm /run/slow");
    const seconds = await until(isGatewayUp, 90);
    const failed = (await doctor()).filter(({ state }) => state === "fail");
    return {
      complaint: failed.map(({ kind, seen }) => `${kind}: ${seen}`).join("; "),
      figure: `${seconds.toFixed(1)} s after the registry answered, ${await show(GATEWAY, "StatusText")}`,
    };
  });
  await row("SIGHUP ends neither", async () => {
    const before = await show(BACKEND, "MainPID");
    await must(`systemctl kill -s HUP --kill-who=main ${BACKEND} ${GATEWAY}`);
    await until(async () => (await isReady()) && (await isGatewayUp()), 60);
    return (await show(BACKEND, "MainPID")) === before ? "" : "the backend was started anew";
  });
  await row("kill -9 of the backend: systemd starts it again", async () => {
    await must(`systemctl kill -s KILL --kill-who=main ${BACKEND}`);
    await until(async () => (await show(BACKEND, "NRestarts")) === "1", 20);
    const seconds = await until(isReady, 30);
    return { complaint: "", figure: `ready ${seconds.toFixed(1)} s after the restart` };
  });
  await row("a stop with a running job: all of it gone, the job interrupted", async () => {
    const { job_id } = await api("/api/v1/executor/jobs", { task: "sleep", cwd: "/tmp" });
    await until(async () => (await run("pgrep -fx 'sleep 1000'")).out.split("\n").length === 2, 20);
    const startedMs = performance.now();
    await must(runbook.take(2, "systemctl stop"));
    const seconds = (performance.now() - startedMs) / 1000;
    if ((await run("pgrep -fx 'sleep 1000'")).code === 0) return "processes of the job are left";
    await must(`systemctl start ${BACKEND} ${GATEWAY}`);
    const { job } = (await api(`/api/v1/executor/jobs/${job_id}`)) as { job?: { error_code: string } };
    return {
      complaint: job?.error_code === "interrupted" ? "" : `job: ${JSON.stringify(job)}`,
      figure: `stopped in ${seconds.toFixed(1)} s`,
    };
  });
  if (controllers.includes("memory")) {
    await row(
      "a greedy job meets its own limit: the backend answers meanwhile, and the job has not succeeded",
      async () => {
        const { job_id } = await api("/api/v1/executor/jobs", { task: "hog", cwd: "/tmp" });
        const unready: number[] = [];
        const jobOf = async () =>
          ((await api(`/api/v1/executor/jobs/${job_id}`)) as { job?: Record<string, string> }).job;
        await until(async () => {
          const startedMs = performance.now();
          if (!(await isReady())) return false;
          unready.push(performance.now() - startedMs);
          return !["queued", "running"].includes((await jobOf())?.state ?? "");
        }, 90);
        const job = await jobOf();
        const isTold = job?.state === "failed" && job.error_code === "memory_pressure";
        return {
          complaint: isTold ? "" : JSON.stringify(job),
          figure: `slowest /readyz ${Math.max(...unready).toFixed(0)} ms, peak ${job?.peak_memory_kib} KiB`,
        };
      },
    );
  } else
    left.push("a greedy job: this host's kernel gives the machine no memory controller (control groups of version 1)");

  await row("a version that does not exist: given up at once, named first, mended by the command", async () => {
    await setEnv("OPENCLAW_VERSION", "9999.1.1");
    await run(`systemctl restart ${GATEWAY}`);
    await until(async () => (await show(GATEWAY, "ActiveState")) === "failed", 60);
    const restarts = await show(GATEWAY, "NRestarts");
    return restarts === "0" ? fixes("gateway_not_startable") : `restarted ${restarts} times`;
  });
  await row("a crash loop of the gateway: told by the chat text, named first, mended by the command", async () => {
    await must(`touch data/openclaw_home/crash && systemctl restart ${GATEWAY}`);
    await until(async () => (await show(GATEWAY, "SubState")) === "auto-restart", 30);
    const told = async () =>
      (await run(`curl -s -m 5 ${TEXT}`)).out.includes(translate("en")("problem.gateway_looping.title"));
    await until(told, 60);
    return fixes("gateway_looping");
  });
  await row("the doctor asks anew: a gateway stopped a moment ago is told as stopped", async () => {
    await api("/api/v1/status");
    await must(`systemctl stop ${GATEWAY}`);
    return fixes("gateway_refused");
  });
  await row("a gateway killed for a bad token setting is not retried, and starts once it is mended", async () => {
    const token = await must("sed -n 's/^OPENCLAW_GATEWAY_TOKEN=//p' .env");
    await setEnv("OPENCLAW_GATEWAY_TOKEN", "");
    await run(`systemctl restart ${GATEWAY}`);
    await until(async () => (await show(GATEWAY, "ActiveState")) === "failed", 20);
    const [first] = await doctor();
    if (first?.kind !== "gateway_token_missing") return `named first: ${first?.kind}`;
    await setEnv("OPENCLAW_GATEWAY_TOKEN", token);
    return fixes("gateway_not_startable");
  });
  await row("twelve failed starts by a wrong .env: not retried, and not refused once it is mended", async () => {
    await must("echo BACKEND_PORT=many >> .env");
    await run(`for _ in $(seq 12); do systemctl restart ${BACKEND}; done`);
    const seen = [
      await show(BACKEND, "Result"),
      await show(BACKEND, "ExecMainStatus"),
      await show(BACKEND, "NRestarts"),
    ].join(" ");
    if (seen !== "exit-code 78 0") return seen;
    return fixes("setting_wrong", ["unit_setting"]);
  });
  await row("the start limit of an operator's own: named first, mended by the command", async () => {
    await must(
      `mkdir -p /etc/systemd/system/${BACKEND}.service.d && printf '[Unit]\\nStartLimitIntervalSec=600\\nStartLimitBurst=3\\n' > /etc/systemd/system/${BACKEND}.service.d/limit.conf && systemctl daemon-reload`,
    );
    await run(`for _ in 1 2 3 4 5; do systemctl restart ${BACKEND}; done`);
    if ((await show(BACKEND, "Result")) !== "start-limit-hit") return "the limit was not hit";
    const complaint = await fixes("unit_start_limit");
    await must(`rm -r /etc/systemd/system/${BACKEND}.service.d && systemctl daemon-reload`);
    return complaint;
  });
  await row("Bun has moved: the unit cannot be run, named first, mended by the command", async () => {
    await must(
      `sed -i 's#/usr/local/bin/bun#/opt/gone/bun#' /etc/systemd/system/${BACKEND}.service && systemctl daemon-reload`,
    );
    await run(`systemctl restart ${BACKEND}`);
    return fixes("unit_unusable");
  });
  await row("beside Docker the gateway's unit is written only if it is asked for", async () => {
    await must("mkdir -p /tmp/docker && ln -sf /bin/true /tmp/docker/docker");
    const print = async (flag: string) => (await run(`PATH=/tmp/docker:$PATH bun run deploy:systemd ${flag}`)).out;
    await must(`systemctl disable ${GATEWAY}`);
    const isRight =
      !(await print("")).includes("OpenClaw gateway") && (await print("--gateway")).includes("OpenClaw gateway");
    await must(`systemctl enable ${GATEWAY}`);
    return isRight ? "" : "not so";
  });

  await row("the predecessor's unit on our port: named with its unit, which the command ends for good", async () => {
    await must(
      `printf '[Service]\\nExecStart=/opt/backend-service/uvicorn app.main:app --port 18889\\n[Install]\\nWantedBy=multi-user.target\\n' > /etc/systemd/system/old.service && systemctl stop ${BACKEND} && systemctl enable --now old 2>/dev/null`,
    );
    await until(async () => (await run("curl -s -m 3 http://127.0.0.1:18889/")).code === 0, 20);
    if (!(await doctor()).some(({ kind }) => kind === "predecessor_unit")) return "its unit is not named";
    const complaint = await fixes("predecessor_running", ["service_stopped"]);
    return complaint || ((await run("systemctl is-enabled old")).out === "disabled" ? "" : "it would start again");
  });
  await row("up and back twice by the runbook, from the mirror that .env names: no copy in a copy", async () => {
    await must(`rm -f /root/.npmrc; rm -rf data/openclaw_releases/${NEW}`);
    await run("grep -q '^OPENCLAW_NPM_REGISTRY=' .env || echo OPENCLAW_NPM_REGISTRY= >> .env");
    await setEnv("OPENCLAW_NPM_REGISTRY", "http://127.0.0.1:4873");
    const step = async (section: number, version: string, copy = "") => {
      // The same for who has no Docker, between a stop and a start.
      const lines = linesOf(section)
        .replace("2026.9.6", version)
        .replaceAll(/\S*before-<时间>/g, copy);
      await must(`set -e\nsystemctl stop ${GATEWAY}\n${lines}systemctl start ${GATEWAY}`);
      await until(async () => (await isGatewayUp()) && (await show(GATEWAY, "StatusText")).endsWith(version), 60);
    };
    for (const round of [1, 2]) {
      await must(`echo ${round} > data/openclaw_home/round`);
      await step(7, NEW);
      await must("echo new > data/openclaw_home/round");
      const [copy = ""] = (await must("ls -d data/openclaw_home.before-*")).split("\n").slice(-1);
      await step(8, "2026.2.9", copy);
      if ((await run("cat data/openclaw_home/round")).out !== String(round)) return "not the state from before";
      await Bun.sleep(1000);
    }
    const found = await must("find data/openclaw_home* -mindepth 1 -name 'openclaw_home*'; ls -d data/openclaw_home.*");
    return found.split("\n").length === 4 ? "" : found;
  });
  await row("files of another user: both units run as the owner, who may also build and install anew", async () => {
    const home = "/home/op/backend";
    const files = Object.keys(projectFiles()).join(" ");
    await must(
      `systemctl stop ${BACKEND} ${GATEWAY} && useradd -m op && mkdir ${home} && cp -a ${files} ${home}/ && ` +
        `ln -s /opt/node_modules ${home}/ && echo registry=http://127.0.0.1:4873 > /home/op/.npmrc && chown -R op:op /home/op`,
    );
    const install = runbook.take(1, "bun run deploy:systemd --install").replace("enable --now", "restart");
    await must(`cd ${home}\n${install}`, 240_000);
    await until(async () => (await isReady()) && (await isGatewayUp()), 90);
    // An upgrade.
    await must(`echo >> ${home}/src/main.ts && systemctl restart ${BACKEND}`, 60_000);
    const users = await must(
      `ps -o user= -p $(systemctl show --value -p MainPID ${BACKEND} ${GATEWAY} | xargs | tr ' ' ,)`,
    );
    const foreign = await must(`find ${home}/ ! -user op`);
    const fromSource = (await run(`journalctl -u ${BACKEND} -n 20 -o cat`)).out.includes("Running from source");
    await must(
      `bun run deploy:systemd --install && systemctl daemon-reload && systemctl restart ${BACKEND} ${GATEWAY}`,
    );
    await until(async () => (await isReady()) && (await isGatewayUp()), 60);
    return users === "op\nop" && foreign === "" && !fromSource
      ? ""
      : `${users}; ${foreign}; from source: ${fromSource}`;
  });
  await row("every block of the runbook that needs root was played", async () => runbook.unplayed());

  if (!isShort) {
    await row("a hang: the watchdog ends it without a crash report, and systemd starts it again", async () => {
      await must(`systemctl reset-failed ${BACKEND}; systemctl restart ${BACKEND}`);
      await must(`kill -STOP $(systemctl show --value -p MainPID ${BACKEND})`);
      const seconds = await until(async () => (await show(BACKEND, "NRestarts")) === "1", 260);
      await until(isReady, 60);
      const report = /Bun v|panic|crash/i.test((await run(`journalctl -u ${BACKEND} -n 60`)).out);
      return { complaint: report ? "a crash report" : "", figure: `ended after ${seconds.toFixed(0)} s` };
    });
    for (const version of openclawVersions) {
      if (!existsSync(join(peers, `openclaw-${version}`))) {
        left.push(`OpenClaw ${version}: not in the cache (bun run test:real brings it)`);
        continue;
      }
      await row(`the real OpenClaw ${version} runs under the unit, cold and warm`, async () => {
        const lowest = version === "2026.2.9" ? "22.12.0" : "24.16.0";
        const at = `${ROOT}/data/openclaw_releases`;
        await must(
          `systemctl stop ${GATEWAY}; rm -rf ${at}/${version} && ln -s /opt/peers/openclaw-${version} ${at}/${version} && ` +
            `rm -rf ${at}/node-${lowest} && ln -s /opt/peers/openclaw-${version} ${at}/node-${lowest}`,
        );
        await setEnv("OPENCLAW_VERSION", version);
        const start = async () => {
          await must(`systemctl restart ${GATEWAY}`);
          // The doctor would wait for the breaker too.
          const seconds = await until(async () => (await run(PROBE)).out === "400", 900);
          // Of all its processes: 2026.2.9 has a wrapper.
          const group = `/sys/fs/cgroup$(systemctl show --value -p ControlGroup ${GATEWAY})/cgroup.procs`;
          const sum = "awk '/VmHWM/ { sum += $2 } END { print int(sum / 1024) }'";
          const peak = (await run(`cat $(sed 's#.*#/proc/&/status#' ${group}) | ${sum}`)).out;
          return `${seconds.toFixed(1)} s, peak ${peak} MiB`;
        };
        const figure = `cold ${await start()}; warm ${await start()}`;
        const restarts = await show(GATEWAY, "NRestarts");
        return { complaint: restarts === "0" ? "" : `restarted ${restarts} times`, figure };
      });
    }
  }
} catch (error) {
  results.push(false);
  console.log(`FAIL  ${String(error)}`);
} finally {
  if (process.env.KEEP) await Bun.sleep(Number(process.env.KEEP) * 1000);
  await machine.stop();
}
const failed = results.filter((isFine) => !isFine).length;
for (const what of left) console.log(`left out: ${what}`);
console.log(`${((performance.now() - began) / 1000).toFixed(0)} s in all`);
console.log(`${results.length - failed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
