import { classify } from "@/gateway/classify.ts";
import { createGatewayClient } from "@/gateway/client.ts";
import { toSidecarView } from "@/gateway/version.ts";
import type { ProbeDetail } from "@/gateway/view.ts";
import { gatewayProblem, sidecarProblem } from "@/status/diagnose.ts";
import { COMPOSE } from "@/status/problem-text.ts";
import type { StatusView } from "@/status/view.ts";
import type { DoctorContext } from "../context.ts";
import { type Finding, found, foundProblem } from "../finding.ts";
import { listenerOn } from "../proc.ts";
import { dropVariables, setVariable } from "../shell.ts";

const LOOPBACK = ["127.0.0.1", "localhost", "[::1]"];
const ASK_TIMEOUT_MS = 6000;

export const checkGateway = async (context: DoctorContext, view: StatusView | undefined): Promise<Finding[]> => {
  const { config } = context;
  const url = new URL(config.gateway.url);
  const port = Number(url.port || (url.protocol === "https:" ? 443 : 80));
  if (LOOPBACK.includes(url.hostname) && port === config.port) {
    return [found("gateway_is_us", { url: url.href }, dropVariables(context.envPath, ["OPENCLAW_GATEWAY_URL"]))];
  }
  const owner = LOOPBACK.includes(url.hostname) ? listenerOn(port) : undefined;
  const values = { url: config.gateway.url, owner: owner ? `${owner.name} (pid ${owner.pid ?? "?"})` : "-" };
  // Without a token it would count as one more wrong one.
  if (config.gateway.token === "") return [found("gateway_not_asked", values), ...sidecar(context, view)];

  const probe = view && view.sidecar_probe.checked_at !== null ? view.sidecar_probe : await ask(context);
  const problem = gatewayProblem({ sidecar_probe: probe });
  if (!problem) return [found("gateway_ok", values), ...sidecar(context, view)];
  return [foundProblem(problem, cureOf(probe.detail, context)), ...sidecar(context, view)];
};

/** The one request of a doctor whose service does not run: refused by the gateway before any model is called. */
const ask = async ({ config, clock }: DoctorContext): Promise<{ ok: boolean; detail: ProbeDetail }> => {
  const client = createGatewayClient({
    fetch,
    ...config.gateway,
    timeoutMs: Math.max(ASK_TIMEOUT_MS, config.requestTimeoutMs),
    breaker: { admit: () => ({ kind: "admitted", settle() {} }) },
    clock,
  });
  const outcome = await client.probe();
  if (outcome.kind === "aborted" || outcome.kind === "circuit_open") throw new Error("nobody holds this request back");
  const detail = classify(outcome);
  return { ok: detail === "", detail };
};

const cureOf = (detail: ProbeDetail, { envPath }: DoctorContext): string | undefined => {
  if (detail === "dns") return dropVariables(envPath, ["OPENCLAW_GATEWAY_URL"]);
  if (detail === "gateway_starting") return "sleep 30";
  return undefined;
};

const sidecar = ({ config, envPath }: DoctorContext, view: StatusView | undefined): Finding[] => {
  const pinned = toSidecarView(config.openclawVersion, null);
  const known = view?.sidecar.pinned_version === pinned.pinned_version ? view.sidecar : pinned;
  const problem = sidecarProblem({ sidecar: known });
  if (!problem) return [found("sidecar_ok", { version: known.version })];
  return [foundProblem(problem, `${setVariable(envPath, "OPENCLAW_VERSION", known.fixed_in)} && ${COMPOSE} up -d`)];
};
