import type { ProbeDetail } from "@/gateway/view.ts";
import type { Locale } from "./locale.ts";

export interface GatewayText {
  cause: string;
  /** "" when there is nothing to do. */
  cure: string;
}

/** What each finding of the probe means and what to do about it; backticks mark code. */
export const gatewayTexts: Record<ProbeDetail, Record<Locale, GatewayText>> = {
  "": {
    "zh-CN": {
      cause: "网关可用，token 正确，`/v1/responses` 已启用。探测不消耗模型额度，因此不代表模型本身可用。",
      cure: "",
    },
    en: {
      cause:
        "The gateway is up, takes our token and serves `/v1/responses`. The check calls no model, so it says nothing about the model.",
      cure: "",
    },
  },
  not_checked_yet: {
    "zh-CN": { cause: "服务刚启动，首次探测尚未完成。", cure: "稍后刷新页面。" },
    en: { cause: "The service has just started; the first check has not ended.", cure: "Reload in a moment." },
  },
  unauthorized: {
    "zh-CN": {
      cause: "网关拒绝了我们的 token：两边的 `OPENCLAW_GATEWAY_TOKEN` 不一致，或 `.env` 中没有设置。",
      cure: "核对 `.env` 中的 `OPENCLAW_GATEWAY_TOKEN`，用下面的命令让网关重新读取，再重启本服务。",
    },
    en: {
      cause:
        "The gateway refuses our token: `OPENCLAW_GATEWAY_TOKEN` differs between the two, or is missing from `.env`.",
      cure: "Check `OPENCLAW_GATEWAY_TOKEN` in `.env`, let the gateway read it anew with the command, then restart this service.",
    },
  },
  rate_limited: {
    "zh-CN": {
      cause: "有客户端多次使用错误的 token，网关已暂时锁定本机地址；锁定期间（约 5 分钟）正确的 token 也会被拒绝。",
      cure: "停掉或改正使用错误 token 的客户端，等待锁定结束；急用时重启网关。",
    },
    en: {
      cause:
        "Some client sent wrong tokens and the gateway has locked our address out: for about 5 minutes even the right token is refused.",
      cure: "Stop or mend that client and wait for the lock-out to end; if it is urgent, restart the gateway.",
    },
  },
  endpoint_disabled: {
    "zh-CN": {
      cause: "该地址有程序应答，但没有 `/v1/responses`：网关未启用此接口，或 `OPENCLAW_GATEWAY_URL` 指向了别的程序。",
      cure: "在 `openclaw_sidecar.config.json5` 中把 `gateway.http.endpoints.responses.enabled` 设为 `true` 并重启网关；再核对 `OPENCLAW_GATEWAY_URL`。",
    },
    en: {
      cause:
        "Something answers there, but not at `/v1/responses`: the gateway has it switched off, or `OPENCLAW_GATEWAY_URL` leads to another program.",
      cure: "Set `gateway.http.endpoints.responses.enabled` to `true` in `openclaw_sidecar.config.json5`, restart the gateway, and check `OPENCLAW_GATEWAY_URL`.",
    },
  },
  refused: {
    "zh-CN": {
      cause: "`OPENCLAW_GATEWAY_URL` 的地址无法连接：网关没有运行，或端口不对。",
      cure: "启动网关；仍不行时核对 `OPENCLAW_GATEWAY_URL` 的端口。",
    },
    en: {
      cause:
        "Nothing accepts connections at `OPENCLAW_GATEWAY_URL`: the gateway is not running, or the port is another.",
      cure: "Start it; if that does not help, check the port in `OPENCLAW_GATEWAY_URL`.",
    },
  },
  dns: {
    "zh-CN": {
      cause: "无法解析 `OPENCLAW_GATEWAY_URL` 中的主机名。",
      cure: "核对 `OPENCLAW_GATEWAY_URL`；网关在本机时使用 `http://127.0.0.1:18789`。",
    },
    en: {
      cause: "The host name in `OPENCLAW_GATEWAY_URL` cannot be resolved.",
      cure: "Check `OPENCLAW_GATEWAY_URL`; for a gateway on this machine use `http://127.0.0.1:18789`.",
    },
  },
  reset: {
    "zh-CN": {
      cause: "连接建立后被断开：网关正在启动或反复重启，或端口映射后面没有程序监听。",
      cure: "在容器状态和日志中查看原因。",
    },
    en: {
      cause:
        "The connection is cut after it is made: the gateway is starting or restarting over and over, or nothing listens behind the published port.",
      cure: "See why in the container's state and log.",
    },
  },
  timeout: {
    "zh-CN": {
      cause: "网关接受了连接，但在 `BACKEND_REQUEST_TIMEOUT_SECONDS` 内没有答完：可能卡死，或主机过载。",
      cure: "在网关日志中查看原因；卡死时用 `docker compose -f openclaw_sidecar.compose.yml restart` 重启。",
    },
    en: {
      cause:
        "The gateway did not finish an answer within `BACKEND_REQUEST_TIMEOUT_SECONDS`: it hangs, or the machine is overloaded.",
      cure: "See why in its log; when it hangs, `docker compose -f openclaw_sidecar.compose.yml restart` restarts it.",
    },
  },
  gateway_starting: {
    "zh-CN": {
      cause: "网关正在启动，通常需要 5 到 30 秒。",
      cure: "稍等片刻；超过两分钟仍未就绪时查看日志。",
    },
    en: {
      cause: "The gateway is starting; this usually takes 5 to 30 seconds.",
      cure: "Wait a little; if it is not ready after two minutes, look at its log.",
    },
  },
  draining: {
    "zh-CN": {
      cause: "网关正在停止，只等待已有的对话结束（最多约 5 分钟），不接受新请求。",
      cure: "重启中的网关会自行恢复；若是手动停止，再次启动它。",
    },
    en: {
      cause:
        "The gateway is stopping: it only waits for running turns to end (up to about 5 minutes) and takes no new ones.",
      cure: "If it is restarting it comes back by itself; if it was stopped, start it again.",
    },
  },
  request_refused: {
    "zh-CN": {
      cause: "网关认为请求本身不合法（400），没有调用模型。",
      cure: "对照信息修改请求；深度检查出现此结果时，核对网关配置中是否有名为 `main` 的 agent。",
    },
    en: {
      cause: "The gateway finds the request itself wrong (400) and called no model.",
      cure: "Mend the request as the message says; after a deep check, see whether the gateway has an agent named `main`.",
    },
  },
  upstream_model_error: {
    "zh-CN": {
      cause: "网关正常，但它背后的模型调用失败：模型密钥、额度、限流或模型服务本身有问题。",
      cure: "对照信息检查 `data/openclaw/state/.env` 中的模型密钥和服务商状态，并查看网关日志。",
    },
    en: {
      cause:
        "The gateway works, but the model behind it failed: its key, its quota, a rate limit, or the provider itself.",
      cure: "Compare the message with the model's key in `data/openclaw/state/.env` and the provider's status, and look at the gateway's log.",
    },
  },
  circuit_open: {
    "zh-CN": {
      cause: "网关连续失败，熔断器已断开，暂不发送请求。",
      cure: "等待页面上的倒计时结束；先按最近错误处理网关或模型的故障。",
    },
    en: {
      cause: "The gateway failed several times in a row; the circuit breaker is open and nothing is sent.",
      cure: "Wait for the countdown, and mend the gateway or the model by the last error meanwhile.",
    },
  },
  unexpected_answer: {
    "zh-CN": {
      cause: "该地址的应答不像 OpenClaw 网关：可能是别的程序、反向代理、重定向，或网关内部出错。",
      cure: "对照探测消息核对 `OPENCLAW_GATEWAY_URL`，并查看网关日志。",
    },
    en: {
      cause:
        "What answers there does not speak like an OpenClaw gateway: another program, a proxy, a redirect, or an error inside the gateway.",
      cure: "Compare the check's message with `OPENCLAW_GATEWAY_URL`, and look at the gateway's log.",
    },
  },
};
