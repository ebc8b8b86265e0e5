import type { CodexView } from "@/status/view.ts";
import type { Locale } from "./locale.ts";

const texts = {
  auth: {
    "zh-CN": "模型服务拒绝了凭据：以服务用户身份运行 codex login，或检查 Codex 配置中的密钥。",
    en: "The model service refused the credentials: run codex login as the service's user, or check Codex's key.",
  },
  sandbox: {
    "zh-CN":
      "Codex 的沙箱在此主机上不可用，命令会失败：启用用户命名空间（sysctl kernel.unprivileged_userns_clone=1）。",
    en: "Codex's sandbox does not work on this host, so its commands fail: allow user namespaces (sysctl kernel.unprivileged_userns_clone=1).",
  },
  notLoggedIn: {
    "zh-CN": "codex login status 显示未登录：运行 codex login；使用自定义 provider 密钥时可忽略。",
    en: "codex login status says it is not logged in: run codex login; with a custom provider's key it need not be.",
  },
} satisfies Record<string, Record<Locale, string>>;

/** The cure for what keeps Codex from working, the surest knowledge first; "" when nothing is known to. */
export const codexReason = (
  { last_failure, sandbox_works, logged_in }: Pick<CodexView, "last_failure" | "sandbox_works" | "logged_in">,
  locale: Locale,
): string => {
  if (last_failure) return texts[last_failure.kind][locale];
  if (sandbox_works === false) return texts.sandbox[locale];
  return logged_in === false ? texts.notLoggedIn[locale] : "";
};
