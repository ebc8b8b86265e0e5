import { type Frame, Layout } from "./layout.tsx";
import { Command, NoticeBar, Prose } from "./ui.tsx";

export type LoginProblem = "auth_invalid" | "auth_not_configured";

/** @param next where the login leads. */
export const LoginPage = (props: { frame: Frame; next: string; problem: LoginProblem | undefined }) => {
  const { frame, next, problem } = props;
  const { t } = frame;
  const problemText = problem === "auth_invalid" ? t("login.wrong") : t("error.auth_not_configured.fix");
  return (
    <Layout frame={frame} title={t("login.log_in")}>
      <section class="card login" aria-labelledby="login">
        <h1 id="login">{t("login.log_in")}</h1>
        {problem && <NoticeBar tone="fault" text={<Prose text={problemText} />} />}
        <Prose as="p" text={t("login.explanation")} />
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
          <Command text="sed -n 's/^BACKEND_API_TOKEN=//p' .env" t={t} />
          <p>{t("login.lifetime")}</p>
        </div>
      </section>
    </Layout>
  );
};
