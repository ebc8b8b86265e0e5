import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { createGatewayClient } from "@/gateway/client.ts";
import { resultOf } from "@/gateway/probe.ts";
import { isBelow, readStartup, toSidecarView, UPGRADE_TO } from "@/gateway/sidecar.ts";
import { attempt } from "@/lib/errors.ts";
import { isLoopback } from "@/lib/http.ts";
import { freeBytesAt } from "@/lib/paths.ts";
import { readText } from "@/lib/proc.ts";
import { formatBytes } from "@/locales/format.ts";
import { diagnose, type ProblemKind } from "@/status/diagnose.ts";
import type { StatusView } from "@/status/view.ts";
import type { DoctorContext } from "./context.ts";
import { type Finding, type Found, fail, fromProblem, ok, orElse, warn } from "./finding.ts";
import { listenerOn } from "./proc.ts";
import { dropVariables, quote, setVariable } from "./shell.ts";

const MIN_TIMEOUT_MS = 6000;
const DEFAULT_VERSION = "2026.2.9";

/** Asks the gateway itself: what the running service has seen may be a minute old. */
export const checkGateway = async (context: DoctorContext): Promise<Finding[]> => {
  const { config, envPath, view } = context;
  const url = new URL(config.gateway.url);
  const port = Number(url.port || (url.protocol === "https:" ? 443 : 80));
  const isLocal = isLoopback(url.hostname.replace(/^\[|\]$/g, ""));
  const useDefaultUrl = dropVariables(envPath, ["OPENCLAW_GATEWAY_URL"]);
  if (isLocal && port === config.port) return [fail("gateway_is_us", { url: url.href }, useDefaultUrl)];

  const owner = isLocal ? listenerOn(port) : undefined;
  const values = { url: config.gateway.url, owner: owner ? `${owner.name} (pid ${owner.pid ?? "?"}); ` : "" };
  // The gateway counts a request without a token as a wrong one.
  if (config.gateway.token === "") return [ok("gateway_not_asked", values)];

  const { root, openclawVersion } = config;
  const sidecar = { ...sidecarOf(context), below_advisories: null };
  const sidecar_probe = await probe(context);
  const problems = diagnose({ sidecar_probe, breaker: view?.breaker, relay: view?.relay, sidecar });
  const useScheme = (scheme: string) =>
    setVariable(envPath, "OPENCLAW_GATEWAY_URL", quote(config.gateway.url.replace(/^\w+/, scheme)));
  const useVersion = (version: string) => setVariable(envPath, "OPENCLAW_VERSION", version);
  const commands: Partial<Record<ProblemKind, string>> = {
    gateway_dns: useDefaultUrl,
    gateway_gateway_starting: "sleep 30",
    gateway_tls_expected: useScheme("https"),
    gateway_tls_failed: useScheme("http"),
    container_memory: `${setVariable(envPath, "OPENCLAW_MEMORY_LIMIT", raisedLimit(config.environment.OPENCLAW_MEMORY_LIMIT))} && {gateway_up}`,
    // The script names it only if it is the reason.
    ...(sidecar.startup?.message.includes(openclawVersion) && {
      gateway_not_startable: `${useVersion(installedBeside(root, openclawVersion))} && {gateway_recreate}`,
    }),
  };
  const found = problems.map((problem) => fromProblem(problem, commands[problem.kind]));
  return orElse(found, ok("gateway_ok", values));
};

/** Another version that needs no download; the default without one. */
const installedBeside = (root: string, version: string): string => {
  const names = attempt(() => readdirSync(join(root, "data/openclaw_releases")), []);
  const others = names.filter((name) => /^\d+\.\d+\.\d+/.test(name) && name !== version);
  return others.sort(Bun.semver.order).at(-1) ?? DEFAULT_VERSION;
};

/** A limit for the container above one that was not enough: at least the default, whose unit is Docker's. */
export const raisedLimit = (limit = ""): string => {
  const [, number = "0", unit = ""] = /^([\d.]+)([mg])b?$/i.exec(limit.trim() || "1536m") ?? [];
  const mib = Number.parseFloat(number) * (unit.toLowerCase() === "g" ? 1024 : 1);
  return `${Math.max(1536, mib + 512)}m`;
};

/** Sends a request that is rejected before any model call. */
const probe = async ({ config, clock }: DoctorContext) => {
  const client = createGatewayClient({
    fetch,
    ...config.gateway,
    timeoutMs: Math.max(MIN_TIMEOUT_MS, config.requestTimeoutMs),
    breaker: { admit: () => ({ kind: "admitted", settle() {} }) },
    clock,
  });
  const outcome = await client.probe();
  if (outcome.kind === "aborted" || outcome.kind === "circuit_open") throw new Error("nothing stops this request");
  const result = resultOf(outcome);
  return { ok: result.detail === "", ...result, checked_at: null, latency_ms: null };
};

/** The running service may not have read what is set now. */
const sidecarOf = ({ config, clock, view, units }: DoctorContext): StatusView["sidecar"] => {
  const pinned = toSidecarView(config.openclawVersion, null, readStartup(config.root, clock));
  const sidecar = view?.sidecar.pinned_version === pinned.pinned_version ? view.sidecar : pinned;
  return { ...sidecar, unit: units.gateway ?? null };
};

export const checkSidecarVersion = (context: DoctorContext): Finding[] => {
  const sidecar = sidecarOf(context);
  const upgrade = `${setVariable(context.envPath, "OPENCLAW_VERSION", UPGRADE_TO)} && {gateway_up}`;
  const problems = diagnose({ sidecar }).map((problem) => fromProblem(problem, upgrade));
  const found = [...problems, ...needsOf(sidecar.pinned_version, readFigures(context.config))];
  return orElse(found, ok("sidecar_ok", { version: sidecar.version }));
};

/** Of the host, by the measured peaks (1,337 and 782 MiB) and 1.1 to 1.4 GiB for AstrBot, a job, us and the system. */
const MEMORY_NEEDS = [
  { from: "2026.3.0", mib: 2800 },
  { from: "0.0.0", mib: 1900 },
] as const;
const INSTALL_BYTES = 2 * 1024 ** 3;

/** RAM and swap, NaN if unknown; the free disk for a version that is not installed yet. */
const readFigures = ({ root, openclawVersion }: DoctorContext["config"]) => {
  const sizes = ["MemTotal", "SwapTotal"].map((name) =>
    Number(new RegExp(`^${name}: +(\\d+)`, "m").exec(readText("/proc/meminfo"))?.[1]),
  );
  const isInstalled = existsSync(join(root, "data/openclaw_releases", openclawVersion));
  return {
    memoryMib: Math.floor(sizes.reduce((sum, kib) => sum + kib) / 1024),
    freeBytes: isInstalled ? undefined : freeBytesAt(root),
  };
};

/** What this host lacks for the version that is set, also before it is installed. */
export const needsOf = (
  version: string,
  { memoryMib, freeBytes = Infinity }: ReturnType<typeof readFigures>,
): Found[] => {
  const { mib: need } = MEMORY_NEEDS.find(({ from }) => isBelow(version, from) !== true) ?? MEMORY_NEEDS[0];
  const missing = need - memoryMib;
  const size = Math.max(1024, Math.ceil(missing / 512) * 512);
  const swap = `fallocate -l ${size}M /swapfile && chmod 600 /swapfile && mkswap /swapfile && swapon /swapfile`;
  return [
    missing > 0 && warn("sidecar_memory", { version, need, have: memoryMib }, `sudo sh -c '${swap}'`),
    freeBytes < INSTALL_BYTES &&
      warn("sidecar_disk", { version, free: formatBytes(freeBytes) }, "du -sh data/openclaw_releases/*"),
  ];
};
