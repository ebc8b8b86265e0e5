import type { Locale } from "@/locales/locale.ts";
import type { Session } from "./session.ts";
import type { Viewer } from "./web-auth.ts";

/** What every handler finds in `c.var`, and in `c.env` when a server stands behind it. */
export interface AppEnv {
  Variables: {
    traceId: string;
    locale: Locale;
    /** Behind a guard of `web-auth.ts`. */
    viewer: Viewer;
    session: Session | undefined;
  };
  Bindings: {
    /** Lifts the server's idle limit from this request. */
    keepOpen?: () => void;
    /** The address of the socket's other end. */
    remoteAddress?: () => string | undefined;
  };
}
