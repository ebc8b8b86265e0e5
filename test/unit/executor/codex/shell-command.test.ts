import { expect, test } from "bun:test";
import { withoutShell } from "@/executor/codex/shell-command.ts";

test("a command is shown as a person would type it", () => {
  const cases = {
    "/bin/bash -lc 'git log --oneline -3'": "git log --oneline -3",
    'bash -lc "echo \\"hi\\" \\$HOME `x`"': 'echo "hi" $HOME `x`',
    "/usr/bin/zsh -lc ls": "ls",
    "/bin/sh -c 'it'\\''s'": "it's",
    "bash -lc 'it'\"'\"'s'": "it's",
    "/bin/bash -lc 'a\nb'": "a\nb",
  };
  for (const [command, shown] of Object.entries(cases)) expect(withoutShell(command)).toBe(shown);
});

test("what is no such command stays, and one whose end was cut off loses only the shell", () => {
  for (const command of ["ls -la", "bash script.sh", "bash -lc ls arg", "echo /bin/bash -lc 'x'", ""]) {
    expect(withoutShell(command)).toBe(command);
  }
  expect(withoutShell("/bin/bash -lc 'echo aaa\n...[truncated 9 chars]")).toBe("echo aaa\n...[truncated 9 chars]");
});
