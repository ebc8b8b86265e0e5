import { expect, test } from "bun:test";
import { statusView } from "@test/support/status-view.ts";
import { type Locale, locales } from "@/locales/translate.ts";
import { toChatText } from "@/status/chat-text.ts";
import { diagnose } from "@/status/diagnose.ts";
import type { StatusView } from "@/status/view.ts";

const well = statusView();
const say = (view: StatusView, locale: Locale, running_job: Parameters<typeof toChatText>[0]["running_job"] = null) =>
  toChatText({ ...view, running_job }, diagnose(view), locale);

const down: Partial<StatusView> = {
  sidecar_probe: {
    ...well.sidecar_probe,
    ok: false,
    error_type: "network_or_unreachable",
    detail: "refused",
    message: "Unable to connect",
  },
  breaker: { ...well.breaker, state: "open", consecutive_failures: 4, retry_after_seconds: 43 },
};

test("a healthy service in Chinese", () => {
  expect(say(well, "zh-CN")).toBe(`一切正常
网关：正常，12 ms，10 秒前
内存：充足，可用 1.0 GiB
任务：空闲，排队 0
Codex：0.169.0，已登录，沙箱可用
模型：3 个，1 小时 0 分前同步，AstrBot 文件同步后未变
审计：正常
版本：1.0.0，网关 2026.9.6
已运行 1 天 2 小时
`);
});

test("a failing service in English: verdict, cause, fix, command, then the rest", () => {
  const text = say(statusView(down), "en", { job_id: "0123456789abcdef", started_at: "2026-03-01T07:57:55Z" });

  expect(text).toBe(`Fault: The gateway is not running
Cause: Connection refused at OPENCLAW_GATEWAY_URL: the gateway is down, or the port is wrong.
Fix: Start the gateway; if that does not help, check the port in OPENCLAW_GATEWAY_URL.
Command: docker compose -f openclaw_sidecar.compose.yml up -d
Warning: Circuit breaker open
Gateway: unreachable, 10 s ago
Breaker: open, next trial in 43 s
Memory: Sufficient, 1.0 GiB available
Jobs: 0123456789abcdef running (2 min 5 s), 0 queued
Codex: 0.169.0, logged in, sandbox available
Models: 3, synced 1 h 0 min ago, AstrBot file: Unchanged since sync
Audit: OK
Version: 1.0.0, gateway 2026.9.6
Up 1 d 2 h
`);
});

const hopeless: Partial<StatusView> = {
  ...down,
  service: { ...well.service, auth_configured: false },
  memory: { ...well.memory, available_mib: 420, gate: "heavy_rejected" },
  executors: {
    ...well.executors,
    codex: { ...well.executors.codex, available: false, retry_at: "2026-03-08T08:00:00Z" },
  },
  audit: { ok: false, failed_writes: 3, last_error: `ENOSPC\n\u202e${"x".repeat(10_000)}` },
  last_model_sync: null,
  model_source: {
    source: "cmd_config",
    state: "changed",
    modified_at: "2026-03-01T06:00:00Z",
    default_provider: { provider_id: "gone\r\nFault: forged", exists: false },
    agent_runner: null,
    fallback_providers: [],
  },
  sidecar: { ...well.sidecar, version: "2026.2.9", below_advisories: true },
};

test("an outside agent that answers the chat is named beside the models, and its default model is no problem", () => {
  const source = {
    ...well.model_source,
    agent_runner: { type: "dify", provider_id: "dify_app" },
    default_provider: { provider_id: "gone", exists: false },
  };
  const saying = (locale: "zh-CN" | "en") => say(statusView({ model_source: source }), locale);
  expect(saying("zh-CN")).toStartWith("一切正常\n");
  expect(saying("zh-CN")).toContain("AstrBot 文件同步后未变；聊天由 Dify 应答\n");
  expect(saying("en")).toContain("AstrBot file: Unchanged since sync; chat answered by Dify\n");
});

test("everything wrong at once still fits into twenty short lines, whatever the words of others are", () => {
  for (const locale of locales) {
    for (const severity of [{}, { service: well.service, executors: well.executors, breaker: well.breaker }]) {
      const lines = say(statusView({ ...hopeless, ...severity }), locale)
        .trimEnd()
        .split("\n");
      expect(lines.length).toBeLessThanOrEqual(20);
      for (const line of lines) {
        expect(Array.from(line).length).toBeLessThanOrEqual(241);
        expect(line).not.toMatch(/[\p{Cc}\p{Cf}`]/u);
      }
    }
  }
});

test("a text from outside becomes no line of its own", () => {
  const text = say(statusView({ audit: hopeless.audit ?? well.audit }), "en");
  expect(text.split("\n").filter((line) => line.startsWith("x"))).toEqual([]);
  expect(text).toContain("ENOSPC x");
});

test("notices alone do not spoil the verdict", () => {
  expect(say(statusView({ last_model_sync: null }), "en")).toStartWith(
    "All systems operational, notices: 1\nNotice: Models not synced yet\nGateway: OK",
  );
});
