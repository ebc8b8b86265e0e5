import { type ApplyGlobalResponse, hc } from "hono/client";
import type { Failure } from "@/openapi/replies.ts";
import type { createApi } from "./v1/index.ts";

type FailureStatus = 400 | 401 | 403 | 404 | 409 | 413 | 414 | 415 | 422 | 429 | 500 | 502 | 503 | 504;
type Api = ApplyGlobalResponse<ReturnType<typeof createApi>, Record<FailureStatus, { json: Failure }>>;

interface ClientOptions {
  /** Such as http://127.0.0.1:18889 */
  origin: string;
  token: string;
  fetch?: typeof fetch;
}

/**
 * The API under the routes' own types: a path, a parameter or a key that is not there does not compile, and an answer
 * is a success only where `response.ok` (or `ok` in its body) has been asked, or Hono's `parseResponse` is used.
 */
export const createClient = ({ origin, token, ...options }: ClientOptions) =>
  hc<Api>(`${origin}/api/v1`, { headers: { authorization: `Bearer ${token}` }, ...options });

export type Client = ReturnType<typeof createClient>;
