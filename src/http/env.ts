import type { RequestIdVariables } from "hono/request-id";
import type { Turns } from "@/lib/turns.ts";
import type { Locale } from "@/locales/translate.ts";

/** Who views a page: somebody logged in, somebody who may log in, or anybody where `WEB_AUTH=never`. */
export type Viewer = "member" | "guest" | "anybody";

/** Whether this viewer may see what jobs do. */
export const seesJobs = (viewer: Viewer): boolean => viewer !== "guest";

export interface AppEnv {
  Variables: RequestIdVariables & {
    locale: Locale;
    /** Set once the request has shown the API token or a session. */
    isAuthenticated: boolean | undefined;
    /** Set by a guard of `web-auth.ts`. */
    viewer: Viewer;
    /** Aborts when the session ends, and its open streams with it. */
    session: AbortSignal | undefined;
    turns: Turns;
    /** Counts bytes of the body that are kept; set by `sizeGuard`. */
    holdBytes(bytes: number): void;
  };
  /** Absent in tests without a server. */
  Bindings: {
    /** Lifts the server's idle timeout for this request. */
    keepOpen?: () => void;
    /** The socket's remote address. */
    remoteAddress?: () => string | undefined;
  };
}
