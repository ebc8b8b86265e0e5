import { expect, test } from "bun:test";
import { locales } from "@/locales/translate.ts";
import type { ProblemKind } from "@/status/diagnose.ts";
import { onHost, readHostCommands } from "@/status/host-commands.ts";
import { describeProblem, problemCommands } from "@/status/problem-text.ts";

const ENABLED = "/etc/systemd/system/multi-user.target.wants/openclaw-gateway.service";
const UNIT = "/etc/systemd/system/openclaw-gateway.service";
const USER_UNIT = "/home/u/.config/systemd/user/openclaw-gateway.service";
const PLUGIN = "/usr/libexec/docker/cli-plugins/docker-compose";
const [DOCKER, COMPOSE, BUN] = ["/usr/bin/docker", "/usr/local/bin/docker-compose", "/usr/bin/bun"];

const hostWith = (files: readonly string[], path = "/usr/local/bin:/usr/bin:/bin") =>
  readHostCommands({ environment: { PATH: path }, home: "/home/u", isThere: (file) => files.includes(file) });

test.each([
  ["Compose 2", [DOCKER, PLUGIN], "docker compose -f openclaw_sidecar.compose.yml up -d"],
  ["Compose 2 beside 1", [DOCKER, PLUGIN, COMPOSE], "docker compose -f openclaw_sidecar.compose.yml up -d"],
  ["Compose 1 alone", [DOCKER, COMPOSE], "docker-compose -f openclaw_sidecar.compose.yml up -d"],
  ["Docker without Compose", [DOCKER], "docker compose -f openclaw_sidecar.compose.yml up -d"],
  ["the plugin in a home", [DOCKER, "/home/u/.docker/cli-plugins/docker-compose", COMPOSE], "docker compose -f "],
  ["an enabled unit beside Docker", [DOCKER, PLUGIN, UNIT, ENABLED], "systemctl restart openclaw-gateway.service"],
  ["a unit that is not enabled, with Docker", [DOCKER, PLUGIN, UNIT], "docker compose -f "],
  ["a unit that is not enabled", [UNIT], "systemctl restart openclaw-gateway.service"],
  ["a unit of the user", [DOCKER, USER_UNIT], "systemctl --user restart openclaw-gateway.service"],
  ["nothing of it", [], "deploy/openclaw-gateway.sh"],
] as const)("the gateway is started as this host starts it: %s", (_, files, start) => {
  expect(onHost("{gateway_up}", hostWith(files))).toStartWith(start);
});

test("without Bun on the host a command goes by npx, also when npx started the service", () => {
  const npx = `npx --yes bun@${Bun.version} run backup`;
  expect(onHost("bun run backup", hostWith([BUN]))).toBe("bun run backup");
  expect(onHost("bun run backup", hostWith([]))).toBe(npx);
  expect(onHost("bun run backup", hostWith(["/x/_npx/1/node_modules/.bin/bun"], "/x/_npx/1/node_modules/.bin"))).toBe(
    npx,
  );
});

test.each([[[DOCKER, COMPOSE, BUN]], [[UNIT, ENABLED, BUN]], [[BUN]]])("no problem names another way: %p", (files) => {
  const host = hostWith(files);
  for (const kind of Object.keys(problemCommands) as ProblemKind[]) {
    for (const locale of locales) {
      const {
        title,
        cause,
        fix,
        command = "",
      } = describeProblem({ kind, severity: "fault", values: { subject: "s", unit: "u.service" } }, locale, host);
      const text = [title, cause, fix, command].join("\n");
      expect(text).not.toContain("docker compose");
      expect(command.replaceAll("{unit}", "")).not.toMatch(/\{\w+\}/);
      if (!host.gateway_up.startsWith("docker")) expect(text).not.toMatch(/docker-compose -f/);
      if (!host.gateway_up.startsWith("systemctl")) expect(command).not.toContain("openclaw-gateway.service");
    }
  }
});
