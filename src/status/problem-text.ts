import type { CodexView } from "@/executor/view.ts";
import { type Locale, translate } from "@/locales/translate.ts";
import type { Problem, ProblemKind } from "./diagnose.ts";

/** Title, cause, fix ("" if there is nothing to do) and command of a problem, for the page, the chat and the doctor. */
export const describeProblem = ({ kind, values }: Problem, locale: Locale) => {
  const t = translate(locale);
  return {
    title: t(`problem.${kind}.title`, values),
    cause: t(`problem.${kind}.cause`, values),
    fix: t(`problem.${kind}.fix`, values),
    command: problemCommands[kind],
  };
};
export type DescribedProblem = ReturnType<typeof describeProblem>;

/** What to do about Codex, by the most reliable finding; "" if nothing is wrong with it. */
export const codexReason = (codex: Pick<CodexView, "last_failure" | "sandbox_works" | "logged_in">, locale: Locale) => {
  const t = translate(locale);
  if (codex.last_failure) return t(`codex.reason.${codex.last_failure.kind}`);
  if (codex.sandbox_works === false) return t("codex.reason.sandbox");
  return codex.logged_in === false ? t("codex.reason.not_logged_in") : "";
};

export const COMPOSE = "docker compose -f openclaw_sidecar.compose.yml";
const LOGS = `${COMPOSE} logs --tail 50`;

/** What to run first on the host, where something helps. */
export const problemCommands: Partial<Record<ProblemKind, string>> = {
  token_missing: "openssl rand -hex 32",
  memory_read_only: "free -m && ps -eo pid,rss,comm --sort=-rss | head",
  memory_heavy_rejected: "free -m && ps -eo pid,rss,comm --sort=-rss | head",
  gateway_unauthorized: `${COMPOSE} up -d --force-recreate`,
  gateway_rate_limited: `${COMPOSE} restart`,
  gateway_endpoint_disabled: `${COMPOSE} restart`,
  gateway_refused: `${COMPOSE} up -d`,
  gateway_reset: `${COMPOSE} ps && ${LOGS}`,
  gateway_timeout: LOGS,
  gateway_gateway_starting: LOGS,
  gateway_draining: `${COMPOSE} up -d`,
  gateway_proxy_down: `${COMPOSE} ps && ${LOGS}`,
  gateway_upstream_model_error: LOGS,
  gateway_unexpected_answer: LOGS,
  breaker_open: `${COMPOSE} ps && ${LOGS}`,
  sidecar_outdated: `${COMPOSE} up -d`,
  codex_missing: "npm install -g @openai/codex && codex login",
  codex_refused: "codex login",
  codex_sandbox: "sudo sysctl -w kernel.unprivileged_userns_clone=1",
  codex_not_logged_in: "codex login",
  backup_failing: "df -h . && bun run backup",
  database_failing: "df -h . && ls -l data",
  audit_failing: "df -h . && ls -ld logs/backend",
};
