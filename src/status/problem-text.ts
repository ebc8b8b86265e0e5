import type { CodexView } from "@/executor/view.ts";
import type { ProbeDetail } from "@/gateway/view.ts";
import type { Locale } from "@/locales/locale.ts";
import { translate } from "@/locales/translate.ts";
import type { Problem, ProblemKind } from "./diagnose.ts";

export interface DescribedProblem {
  title: string;
  cause: string;
  /** "" if there is nothing to do. */
  fix: string;
  /** To run on the host. */
  command: string | undefined;
}

/** Title, cause, fix and command of a problem, for the page, the chat and the doctor. */
export const describeProblem = (problem: Problem, locale: Locale): DescribedProblem => {
  const t = translate(locale);
  const { values } = problem;
  const key =
    problem.kind === "gateway" ? (`gateway.${problem.detail || "ok"}` as const) : (`problem.${problem.kind}` as const);
  return {
    title: t(`${key}.title`),
    cause: t(`${key}.cause`, values),
    fix: t(`${key}.fix`, values),
    command: problem.kind === "gateway" ? gatewayCommands[problem.detail] : problemCommands[problem.kind],
  };
};

/** What to do about Codex, by the most reliable finding; "" if nothing is wrong with it. */
export const codexReason = (
  { last_failure, sandbox_works, logged_in }: Pick<CodexView, "last_failure" | "sandbox_works" | "logged_in">,
  locale: Locale,
): string => {
  const t = translate(locale);
  if (last_failure) return t(`codex.reason.${last_failure.kind}`);
  if (sandbox_works === false) return t("codex.reason.sandbox");
  return logged_in === false ? t("codex.reason.not_logged_in") : "";
};

export const COMPOSE = "docker compose -f openclaw_sidecar.compose.yml";

/** What to run on the host, where something helps. */
export const problemCommands: Partial<Record<ProblemKind, string>> = {
  token_missing: "openssl rand -hex 32",
  memory_read_only: "free -m && ps -eo pid,rss,comm --sort=-rss | head",
  memory_heavy_rejected: "free -m && ps -eo pid,rss,comm --sort=-rss | head",
  breaker_open: `${COMPOSE} ps && ${COMPOSE} logs --tail 50`,
  sidecar_outdated: `${COMPOSE} up -d`,
  codex_missing: "npm install -g @openai/codex && codex login",
  codex_refused: "codex login",
  codex_sandbox: "sudo sysctl -w kernel.unprivileged_userns_clone=1",
  codex_not_logged_in: "codex login",
  backup_failing: "df -h . && bun run backup",
  database_failing: "df -h . && ls -l data",
  audit_failing: "df -h . && ls -ld logs/backend",
};

/** The first thing to run for each finding about the gateway. */
export const gatewayCommands: Partial<Record<ProbeDetail, string>> = {
  unauthorized: `${COMPOSE} up -d --force-recreate`,
  rate_limited: `${COMPOSE} restart`,
  endpoint_disabled: `${COMPOSE} restart`,
  refused: `${COMPOSE} up -d`,
  reset: `${COMPOSE} ps && ${COMPOSE} logs --tail 50`,
  timeout: `${COMPOSE} logs --tail 50`,
  gateway_starting: `${COMPOSE} logs --tail 50`,
  draining: `${COMPOSE} up -d`,
  upstream_model_error: `${COMPOSE} logs --tail 50`,
  unexpected_answer: `${COMPOSE} logs --tail 50`,
};
