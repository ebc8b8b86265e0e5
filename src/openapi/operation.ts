import type { ErrorCode } from "@/lib/errors.ts";
import type { Translated } from "@/locales/locale.ts";
import type * as replies from "./replies.ts";

/** The name of a schema in replies.ts. */
export type ReplyName = keyof typeof replies;

export interface Reply {
  status: number | "default";
  /** undefined for an answer without a body. */
  type?: string;
  schema?: ReplyName;
  what?: string;
}

/** A route as the docs page and the OpenAPI document tell of it; what it takes, they read off the route itself. */
export interface Operation {
  id: string;
  method: "GET" | "POST";
  path: string;
  /** "form": no token, but taken from our own pages only, and but for the login itself behind it. "member": a page behind the login. */
  access: "bearer" | "open" | "form" | "member";
  purpose: Translated;
  replies: readonly Reply[];
  /** What the handler refuses with, besides what the guards and validators before it do. */
  errors?: readonly ErrorCode[];
  /** Query parameters that no validator looks at: whatever else they say is passed over. */
  query?: Readonly<Record<string, string>>;
  /** Request headers that mean something to it. */
  headers?: Readonly<Record<string, string>>;
  /** What an example sends, when the route takes a body. */
  body?: string;
  /** Somebody else's answers come through it: their errors need not have our shape. */
  isRelay?: true;
  /** Another name of a route that is told of already. */
  isAlias?: true;
}

export const json = (schema: ReplyName): Reply => ({ status: 200, type: "application/json", schema });
export const page = (status = 200): Reply => ({ status, type: "text/html" });
/** `WEB_AUTH` says who is asked to log in, and for what. */
export const toLogin: Reply = { status: 303, what: "To the login, which leads back." };
export const seeOther: Reply = { status: 303, what: "The page that tells how it went." };
