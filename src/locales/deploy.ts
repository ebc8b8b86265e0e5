import type { Locale } from "./locale.ts";

export const deployTexts = {
  "zh-CN": {
    noBun: "PATH 中没有 bun：systemd 需要固定安装的 Bun（npm install -g bun@1.4.5）。",
    wrote: "已写入 {path}",
    failed: "没有写入：{message}（请以 root 运行）",
    next: "然后：systemctl daemon-reload && systemctl enable --now openclaw-gateway openclaw-assistant-backend",
  },
  en: {
    noBun: "There is no bun on PATH: systemd needs one that is installed for good (npm install -g bun@1.4.5).",
    wrote: "Wrote {path}",
    failed: "Nothing was written: {message} (run it as root)",
    next: "Then: systemctl daemon-reload && systemctl enable --now openclaw-gateway openclaw-assistant-backend",
  },
} satisfies Record<Locale, Record<string, string>>;
