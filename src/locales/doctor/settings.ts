import type { DoctorEntry } from "./text.ts";

export const settingTexts = {
  env_ok: {
    state: "ok",
    "zh-CN": { seen: "设置：{path}，{count} 个变量，只有所有者可读" },
    en: { seen: "Settings: {path}, {count} variables, only the owner can read it" },
  },
  env_elsewhere: {
    state: "ok",
    "zh-CN": { seen: "设置来自环境变量，没有 .env 文件" },
    en: { seen: "Settings come from the environment; there is no .env file" },
  },
  env_missing: {
    state: "fail",
    "zh-CN": {
      seen: "没有设置文件 {path}",
      cause: "服务还没有启动过。",
      cure: "启动一次：会生成带随机 token 的文件。",
    },
    en: {
      seen: "There is no settings file {path}",
      cause: "The service was never started.",
      cure: "Start it once: it makes the file, with random tokens.",
    },
  },
  env_unreadable: {
    state: "fail",
    "zh-CN": {
      seen: "无法读取设置文件 {path}（{error}）",
      cause: "它不是普通文件，或没有读取权限。",
      cure: "把它移开，启动服务生成新的，再把需要的设置抄过来。",
    },
    en: {
      seen: "The settings file {path} cannot be read ({error})",
      cause: "It is no regular file, or its permissions forbid it.",
      cure: "Move it aside, let a start make a new one, and copy over what you need.",
    },
  },
  env_open: {
    state: "fail",
    "zh-CN": {
      seen: "{path} 的权限是 {mode}",
      cause: "其他用户可以读到里面的 token。",
      cure: "收紧权限；若有其他人登录过，请更换两个 token。",
    },
    en: {
      seen: "{path} has the mode {mode}",
      cause: "Other users can read the tokens in it.",
      cure: "Tighten it; if others have been on this host, change both tokens.",
    },
  },
  env_export: {
    state: "warn",
    "zh-CN": {
      seen: "{path} 中有以 export 开头的行",
      cause: "这样的行不会生效。",
      cure: "去掉 export，然后重启服务。",
    },
    en: {
      seen: "{path} has lines that begin with export",
      cause: "Such lines have no effect.",
      cure: "Take the word away, then restart the service.",
    },
  },
  setting_unknown: {
    state: "warn",
    "zh-CN": {
      seen: "不认识的设置：{names}",
      cause: "变量名拼写有误，或已不再使用；它不会生效。",
      cure: "对照 .env.example 改正；不需要就注释掉。",
    },
    en: {
      seen: "Unknown settings: {names}",
      cause: "A misspelt name, or one no longer in use; it has no effect.",
      cure: "Compare with .env.example; comment out what is not needed.",
    },
  },
  setting_wrong: {
    state: "fail",
    "zh-CN": {
      seen: "设置的值不对：{faults}",
      cause: "服务会拒绝启动。",
      cure: "按 .env.example 改正；下面的命令恢复默认值。",
    },
    en: {
      seen: "Wrong settings: {faults}",
      cause: "The service refuses to start.",
      cure: "Correct them as .env.example says; the command goes back to the defaults.",
    },
  },
  tokens_equal: {
    state: "fail",
    "zh-CN": {
      seen: "BACKEND_API_TOKEN 与网关 token 相同",
      cause: "知道其中一个的人就能使用两边；服务会拒绝启动。",
      cure: "换一个新的 API token，插件中填同一个值，然后重启服务。",
    },
    en: {
      seen: "BACKEND_API_TOKEN equals the gateway's token",
      cause: "Who knows the one could use both; the service refuses to start.",
      cure: "Make a new API token, set it in the plugin too, and restart the service.",
    },
  },
  token_characters: {
    state: "fail",
    "zh-CN": {
      seen: "BACKEND_API_TOKEN 含有空格或非 ASCII 字符",
      cause: "HTTP 头无法传递；服务会拒绝启动。",
      cure: "换一个新的 API token，插件中填同一个值，然后重启服务。",
    },
    en: {
      seen: "BACKEND_API_TOKEN has blanks or characters beyond ASCII",
      cause: "No HTTP header can carry it; the service refuses to start.",
      cure: "Make a new API token, set it in the plugin too, and restart the service.",
    },
  },
  gateway_token_missing: {
    state: "fail",
    "zh-CN": {
      seen: "OPENCLAW_GATEWAY_TOKEN 未设置或仍是占位值",
      cause: "网关会拒绝启动，或拒绝我们的请求。",
      cure: "生成一个，插件中填同一个值，然后重启网关和服务。",
    },
    en: {
      seen: "OPENCLAW_GATEWAY_TOKEN is missing or still the placeholder",
      cause: "The gateway refuses to start, or refuses us.",
      cure: "Make one, set it in the plugin too, then restart gateway and service.",
    },
  },
  gateway_token_short: {
    state: "warn",
    "zh-CN": {
      seen: "OPENCLAW_GATEWAY_TOKEN 只有 {length} 个字符",
      cause: "短 token 容易被猜到。",
      cure: "生成一个新的，插件中填同一个值，然后重启网关和服务。",
    },
    en: {
      seen: "OPENCLAW_GATEWAY_TOKEN has only {length} characters",
      cause: "A short token can be guessed.",
      cure: "Make a new one, set it in the plugin too, then restart gateway and service.",
    },
  },
  host_open: {
    state: "warn",
    "zh-CN": {
      seen: "服务监听在 {host}",
      cause: "其他主机也能访问；没有防火墙或反向代理时不安全。",
      cure: "没有特别需要就改回回环地址，然后重启服务。",
    },
    en: {
      seen: "The service listens on {host}",
      cause: "Other hosts can reach it, which is unsafe without a firewall or proxy.",
      cure: "Go back to loopback unless you need it, then restart the service.",
    },
  },
} satisfies Record<string, DoctorEntry>;
