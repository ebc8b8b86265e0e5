import type { Operation } from "@/openapi/operations.ts";

/** A command that can be pasted as it is, once `BACKEND_API_TOKEN` is set in the shell. */
export const curlOf = ({ method, path, body }: Operation, origin: string): string =>
  [
    `curl -s${method === "POST" ? " -X POST" : ""} '${origin}${path}'`,
    `-H "Authorization: Bearer $BACKEND_API_TOKEN"`,
    ...(body === undefined ? [] : ["-H 'Content-Type: application/json'", `-d '${body}'`]),
  ].join(" \\\n  ");
