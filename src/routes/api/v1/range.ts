import type { Context } from "hono";
import type { AppEnv } from "@/http/env.ts";

/** Answers a single `bytes=` range with 206, anything else with the whole. */
export const rangeResponse = (c: Context<AppEnv>, bytes: Uint8Array<ArrayBuffer>, contentType: string): Response => {
  const headers = { "Content-Type": contentType, "Accept-Ranges": "bytes" };
  const asked = /^bytes=(\d*)-(\d*)$/.exec(c.req.header("range") ?? "");
  const [, first = "", last = ""] = asked ?? [];
  if (!asked || (first === "" && last === "")) return c.body(bytes, 200, headers);

  const start = first === "" ? Math.max(0, bytes.length - Number(last)) : Number(first);
  const end = first === "" || last === "" ? bytes.length - 1 : Math.min(Number(last), bytes.length - 1);
  if (start > end) return c.body(null, 416, { ...headers, "Content-Range": `bytes */${bytes.length}` });
  return c.body(bytes.slice(start, end + 1), 206, {
    ...headers,
    "Content-Range": `bytes ${start}-${end}/${bytes.length}`,
  });
};
