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
 * A typed client: unknown paths, parameters and keys do not compile. A reply has its success type only after a check of
 * `response.ok` (or of `ok` in its body), or through Hono's `parseResponse`.
 */
export const createClient = ({ origin, token, ...options }: ClientOptions) =>
  hc<Api>(`${origin}/api/v1`, { headers: { authorization: `Bearer ${token}` }, ...options });

export type Client = ReturnType<typeof createClient>;
