import { describe, expect, test } from "bun:test";
import { statusView } from "@test/support/status-view.ts";
import { type CodexFault, codexFaultKinds } from "@/executor/view.ts";
import { locales } from "@/locales/translate.ts";
import { toChatText } from "@/status/chat-text.ts";
import { codexProblems, diagnose } from "@/status/diagnose.ts";
import { codexReason, describeProblem } from "@/status/problem-text.ts";

const SAID = "bwrap: the very words";

const codexWith = (kind: CodexFault["kind"], subject = "user.max_net_namespaces") => {
  const { executors } = statusView();
  return { ...executors.codex, faults: [{ kind, message: SAID, subject }] };
};

describe.each([...locales])("in %s", (locale) => {
  test.each([...codexFaultKinds])("%s has a title, its cause with what was said, and a fix", (kind) => {
    const [problem] = codexProblems(codexWith(kind));
    if (!problem) throw new Error("no problem");
    const { title, cause, fix, command = "" } = describeProblem(problem, locale);
    for (const text of [title, cause, fix]) expect(text).not.toBe("");
    expect(`${title} ${cause} ${fix} ${command}`).not.toMatch(/\{\w+\}/);
    if (kind !== "not_executable" && kind !== "not_logged_in") expect(cause).toContain(SAID);
  });

  test("a chat and the API's reason say the same, without marks", () => {
    const view = statusView();
    const codex = codexWith("sandbox_limit");
    const executors = { ...view.executors, codex };
    const shown = { ...view, executors, running_job: null };
    const chat = toChatText(shown, diagnose(shown), locale);
    expect(chat).toContain(`user.max_net_namespaces=0`);
    expect(chat).toContain(SAID);
    expect(chat).toContain("sudo sysctl -w user.max_net_namespaces=15000");
    expect(codexReason(codex, locale)).toContain("sudo sysctl -w user.max_net_namespaces=15000");
    expect(codexReason(codexWith("config", "/c/config.toml:2"), locale)).toContain("/c/config.toml:2");
    expect(codexReason(codex, locale)).not.toContain("`");
  });
});

test("a chat has Codex's sentence and its fix even when something else is worse", () => {
  const view = statusView();
  const executors = { ...view.executors, codex: codexWith("config", "/c/config.toml:2") };
  const service = { ...view.service, auth_configured: false };
  const shown = { ...view, service, executors, running_job: null };
  const [first, ...rest] = toChatText(shown, diagnose(shown), "en").split("\n");
  expect(first).not.toContain("Codex");
  expect(rest).toContain(
    `Fault: Codex's configuration is broken: ${SAID} Correct /c/config.toml:2; until then every job fails.`,
  );
});

test("no text names a setting that the kind of host does not have", () => {
  for (const kind of codexFaultKinds) {
    const [problem] = codexProblems(codexWith(kind));
    const text = JSON.stringify(problem && locales.map((locale) => describeProblem(problem, locale)));
    expect([kind, text.includes("unprivileged_userns_clone")]).toEqual([kind, kind === "sandbox_userns_clone"]);
    expect([kind, text.includes("apparmor_restrict")]).toEqual([kind, kind === "sandbox_apparmor"]);
  }
});

test("a sandbox that failed in a job is told unless the check has found why", () => {
  const { executors } = statusView();
  const last_failure = { kind: "sandbox", at: "2026-03-01T07:59:00Z", message: "in the job" } as const;
  expect(codexProblems({ ...executors.codex, last_failure })).toMatchObject([
    { kind: "codex_sandbox", values: { message: "in the job" } },
  ]);
  expect(codexProblems({ ...codexWith("sandbox_apparmor"), last_failure })).toMatchObject([
    { kind: "codex_sandbox_apparmor" },
  ]);
});

test("a missing program has no reason, which the contract wants empty", () => {
  const { executors } = statusView();
  expect(codexReason({ ...executors.codex, available: false, path: "" }, "en")).toBe("");
});
