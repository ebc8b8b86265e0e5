import { errorTexts } from "@/locales/errors.ts";
import { sessionTranslator } from "@/locales/session.ts";
import type { Frame } from "./frame.ts";
import { Layout } from "./layout.tsx";
import { NoticeBar, Prose } from "./ui.tsx";

const SHOW_TOKEN = "sed -n 's/^BACKEND_API_TOKEN=//p' .env";

export type LoginProblem = "auth_invalid" | "auth_not_configured";

interface LoginPageProps {
  frame: Frame;
  /** Where the login leads. */
  next: string;
  problem: LoginProblem | undefined;
}

export const LoginPage = ({ frame, next, problem }: LoginPageProps) => {
  const t = sessionTranslator(frame.locale);
  const { cure } = errorTexts.auth_not_configured[frame.locale];
  return (
    <Layout frame={frame} title={t("heading")}>
      <section class="card login" aria-labelledby="login">
        <h1 id="login">{t("heading")}</h1>
        {problem !== undefined && (
          <NoticeBar tone="fault">
            <p>
              <Prose text={problem === "auth_invalid" ? t("wrong") : cure} />
            </p>
          </NoticeBar>
        )}
        <p>
          <Prose text={t("explanation")} />
        </p>
        <form class="fields" method="post" action="/web/login">
          <input type="hidden" name="next" value={next} />
          <label>
            <span>{t("token")}</span>
            <input type="password" name="token" autocomplete="current-password" required autofocus />
          </label>
          <button type="submit">{t("logIn")}</button>
        </form>
        <div class="hint">
          <p>{t("whereToFind")}</p>
          <pre>{SHOW_TOKEN}</pre>
          <p>{t("lifetime")}</p>
        </div>
      </section>
    </Layout>
  );
};
