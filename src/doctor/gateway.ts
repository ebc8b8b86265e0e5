import { classify } from "@/gateway/classify.ts";
import { createGatewayClient } from "@/gateway/client.ts";
import { toSidecarView } from "@/gateway/version.ts";
import type { ProbeDetail } from "@/gateway/view.ts";
import { diagnose } from "@/status/diagnose.ts";
import { COMPOSE } from "@/status/problem-text.ts";
import type { StatusView } from "@/status/view.ts";
import type { DoctorContext } from "./context.ts";
import { createFindings, type Finding, fromProblem } from "./finding.ts";
import { listenerOn } from "./proc.ts";
import { dropVariables, setVariable } from "./shell.ts";

const LOOPBACK = ["127.0.0.1", "localhost", "[::1]"];
const MIN_TIMEOUT_MS = 6000;

/** @param view of the running service, which has probed the gateway itself. */
export const checkGateway = async (context: DoctorContext, view: StatusView | undefined): Promise<Finding[]> => {
  const { config, envPath } = context;
  const url = new URL(config.gateway.url);
  const port = Number(url.port || (url.protocol === "https:" ? 443 : 80));
  const isLocal = LOOPBACK.includes(url.hostname);
  const useDefaultUrl = dropVariables(envPath, ["OPENCLAW_GATEWAY_URL"]);
  if (isLocal && port === config.port) return [fail("gateway_is_us", { url: url.href }, useDefaultUrl)];

  const owner = isLocal ? listenerOn(port) : undefined;
  const values = { url: config.gateway.url, owner: owner ? `${owner.name} (pid ${owner.pid ?? "?"})` : "-" };
  // The gateway counts a request without a token as a wrong one.
  if (config.gateway.token === "") return [ok("gateway_not_asked", values)];

  const isProbed = view !== undefined && view.sidecar_probe.checked_at !== null;
  const sidecar_probe = isProbed ? view.sidecar_probe : await probe(context);
  const problems = diagnose({ sidecar_probe, breaker: view?.breaker, relay: view?.relay });
  if (problems.length === 0) return [ok("gateway_ok", values)];
  const commands: Partial<Record<ProbeDetail, string>> = { dns: useDefaultUrl, gateway_starting: "sleep 30" };
  return problems.map((problem) =>
    fromProblem(problem, problem.kind === "gateway" ? commands[problem.detail] : undefined),
  );
};

/** Sends a request that is rejected before any model call. */
const probe = async ({ config, clock }: DoctorContext): Promise<Pick<StatusView["sidecar_probe"], "ok" | "detail">> => {
  const client = createGatewayClient({
    fetch,
    ...config.gateway,
    timeoutMs: Math.max(MIN_TIMEOUT_MS, config.requestTimeoutMs),
    breaker: { admit: () => ({ kind: "admitted", settle() {} }) },
    clock,
  });
  const outcome = await client.probe();
  if (outcome.kind === "aborted" || outcome.kind === "circuit_open") throw new Error("nothing stops this request");
  const detail = classify(outcome);
  return { ok: detail === "", detail };
};

export const checkSidecarVersion = ({ config, envPath }: DoctorContext, view: StatusView | undefined): Finding[] => {
  const pinned = toSidecarView(config.openclawVersion, null);
  const sidecar = view?.sidecar.pinned_version === pinned.pinned_version ? view.sidecar : pinned;
  const problems = diagnose({ sidecar });
  const upgrade = `${setVariable(envPath, "OPENCLAW_VERSION", sidecar.fixed_in)} && ${COMPOSE} up -d`;
  if (problems.length > 0) return problems.map((problem) => fromProblem(problem, upgrade));
  return [ok("sidecar_ok", { version: sidecar.version })];
};

const { ok, fail } = createFindings({
  "zh-CN": {
    "gateway_ok.seen": "网关可用：{url}，token 正确（{owner}；探测不消耗模型额度）",
    "gateway_not_asked.seen": "网关：没有 token，未探测（{url}，{owner}）",
    "gateway_is_us.seen": "OPENCLAW_GATEWAY_URL（{url}）指向本服务自己",
    "gateway_is_us.cause": "端口写错；网关 token 会被发给自己。",
    "gateway_is_us.fix": "恢复默认地址 http://127.0.0.1:18789，或填网关的真实地址，然后重启服务。",
    "sidecar_ok.seen": "网关版本 {version}：不受已知公告影响",
  },
  en: {
    "gateway_ok.seen": "The gateway works: {url} accepts our token ({owner}; the check calls no model)",
    "gateway_not_asked.seen": "Gateway: not checked without a token ({url}, {owner})",
    "gateway_is_us.seen": "OPENCLAW_GATEWAY_URL ({url}) points to this service itself",
    "gateway_is_us.cause": "A wrong port; the gateway's token would be sent to ourselves.",
    "gateway_is_us.fix":
      "Restore the default http://127.0.0.1:18789, or set the gateway's address, then restart the service.",
    "sidecar_ok.seen": "Gateway version {version}: not affected by the known advisories",
  },
});
