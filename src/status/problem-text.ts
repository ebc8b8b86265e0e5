import type { CodexView } from "@/executor/view.ts";
import { fill, isTextKey, type Locale, type TextKey, type Translate, translate } from "@/locales/translate.ts";
import { codexProblems, type Problem, type ProblemKind } from "./diagnose.ts";
import { defaultCommands, onHost } from "./host-commands.ts";

/** Title, cause, fix ("" if there is nothing to do) and command of a problem, for the page, the chat and the doctor. */
export const describeProblem = ({ kind, values }: Problem, locale: Locale, host = defaultCommands) => {
  const t = translate(locale);
  const keyed = Object.entries(values).map(([name, value]) => [
    name,
    isTextKey(String(value)) ? t(value as TextKey) : value,
  ]);
  const texts = { ...Object.fromEntries(keyed), ...(values.code !== undefined && jobTexts(values, t)) };
  return {
    title: t(`problem.${kind}.title`, texts),
    cause: t(`problem.${kind}.cause`, texts),
    fix: t(`problem.${kind}.fix`, texts),
    command: onHost(fill(problemCommands[kind] ?? "", values), host) || undefined,
  };
};

/** What a job's error code means, without the exit code, and what to do. */
const jobTexts = ({ code, said }: Problem["values"], t: Translate) => {
  const [text, fix] = [`job.error.${code}.text`, `job.error.${code}.fix`];
  const reason = isTextKey(text) ? t(text).replace(/^codex exit code=\{exit\}[：:]\s*/, "") : String(code);
  return { reason, said: said || reason, fix: isTextKey(fix) ? t(fix) : "" };
};

/** What is wrong with Codex and what to do, in one sentence; "" if nothing is, or it is not installed. */
export const codexReason = (codex: Omit<CodexView, "reason">, locale: Locale): string => {
  const [worst] = codexProblems(codex);
  if (worst === undefined || worst.kind === "codex_missing") return "";
  const { title, fix, command } = describeProblem(worst, locale);
  const text = command === undefined ? fix : `${fix} (${command})`;
  return translate(locale)("chat.line", { name: title, text }).replaceAll("`", "");
};

/** Also where npm is told to leave optional packages out. */
const INSTALL_CODEX = "npm install -g --include=optional @openai/codex@latest";

const RENEW_UNIT =
  "sudo bun run deploy:systemd --install && sudo systemctl daemon-reload && sudo systemctl reset-failed {unit} && sudo systemctl restart {unit}";
/** Also clears the count of restarts, which would look like a crash loop for a while. */
const RESTART_UNIT = "systemctl reset-failed {unit} && systemctl restart {unit}";

/** What to run first on the host, where something helps; `onHost` fills in how this host does it. */
export const problemCommands: Partial<Record<ProblemKind, string>> = {
  token_missing: "openssl rand -hex 32",
  memory_read_only: "free -m && ps -eo pid,rss,comm --sort=-rss | head",
  memory_heavy_rejected: "free -m && ps -eo pid,rss,comm --sort=-rss | head",
  gateway_unauthorized: "{gateway_recreate}",
  gateway_rate_limited: "{gateway_restart}",
  gateway_endpoint_disabled: "{gateway_restart}",
  gateway_refused: "{gateway_up}",
  gateway_installing: "{gateway_logs}",
  gateway_not_startable: "{gateway_recreate}",
  gateway_looping: "{gateway_fix}",
  docker_down: "sudo systemctl enable --now docker",
  container_memory: "{gateway_up}",
  container_failed: "{gateway_recreate}",
  // Of the units' values only this is part of a command: it is one of our own names.
  unit_start_limit: RESTART_UNIT,
  unit_memory: RENEW_UNIT,
  unit_setting: RESTART_UNIT,
  unit_unusable: RENEW_UNIT,
  unit_looping: "journalctl -u {unit} -n 50 --no-pager",
  unit_failed: RESTART_UNIT,
  gateway_reset: "{gateway_state}; {gateway_logs}",
  gateway_timeout: "{gateway_logs}",
  gateway_gateway_starting: "{gateway_logs}",
  gateway_draining: "{gateway_up}",
  gateway_proxy_down: "{gateway_state}; {gateway_logs}",
  gateway_upstream_model_error: "{gateway_logs}",
  gateway_unexpected_answer: "{gateway_logs}",
  breaker_open: "{gateway_state}; {gateway_logs}",
  sidecar_outdated: "{gateway_up}",
  codex_missing: "npm install -g @openai/codex && codex login",
  codex_refused: "codex login",
  codex_wrong_arch: INSTALL_CODEX,
  codex_no_node: "command -v node",
  codex_package_missing: INSTALL_CODEX,
  codex_unusable: INSTALL_CODEX,
  codex_config: "codex login status",
  codex_login_unreadable: "codex login",
  codex_sandbox: "codex sandbox -- /bin/true",
  codex_sandbox_userns_clone: "sudo sysctl -w kernel.unprivileged_userns_clone=1",
  codex_sandbox_apparmor: "sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0",
  // Among the values only this is part of a command: it is one of our own names.
  codex_sandbox_limit: "sudo sysctl -w {subject}=15000",
  codex_sandbox_seccomp: "systemctl show -p RestrictNamespaces -p SystemCallFilter openclaw-assistant-backend",
  codex_sandbox_kernel: "uname -r",
  codex_sandbox_bubblewrap: INSTALL_CODEX,
  codex_sandbox_unprotected: INSTALL_CODEX,
  codex_not_logged_in: "codex login",
  notify_failing: "bun run notify --test",
  backup_failing: "df -h . && bun run backup",
  database_failing: "df -h . && ls -l data",
  database_replaced: "ls -li data",
  audit_failing: "df -h . && ls -ld logs/backend",
};
