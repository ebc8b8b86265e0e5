import { translate } from "@/locales/translate.ts";
import { type Frame, Layout } from "./layout.tsx";
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
  const t = translate(frame.locale);
  return (
    <Layout frame={frame} title={t("login.log_in")}>
      <section class="card login" aria-labelledby="login">
        <h1 id="login">{t("login.log_in")}</h1>
        {problem !== undefined && (
          <NoticeBar tone="fault">
            <p>
              <Prose text={problem === "auth_invalid" ? t("login.wrong") : t("error.auth_not_configured.fix")} />
            </p>
          </NoticeBar>
        )}
        <p>
          <Prose text={t("login.explanation")} />
        </p>
        <form class="fields" method="post" action="/web/login">
          <input type="hidden" name="next" value={next} />
          <label>
            <span>{t("login.token")}</span>
            <input type="password" name="token" autocomplete="current-password" required autofocus />
          </label>
          <button type="submit">{t("login.log_in")}</button>
        </form>
        <div class="hint">
          <p>{t("login.where_to_find")}</p>
          <pre>{SHOW_TOKEN}</pre>
          <p>{t("login.lifetime")}</p>
        </div>
      </section>
    </Layout>
  );
};
