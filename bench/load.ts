import { resolve } from "node:path";
import { z } from "zod";

export const LoadRequest = z.object({
  /** One address, or several of one server that are asked by turns. */
  url: z.union([z.string(), z.array(z.string()).nonempty()]),
  /** Header lines. */
  head: z.array(z.string()).default([]),
  /** A body makes it a POST. */
  body: z.string().default(""),
  connections: z.number().default(16),
  /** Answers that do not count. */
  warmUp: z.number().default(200),
  /** It ends with whichever comes first. */
  requests: z.number().default(10_000_000),
  durationMs: z.number().default(600_000),
});

const LoadResult = z.object({
  /** Those to warm up included. */
  answers: z.number(),
  perSecond: z.number(),
  p50Ms: z.number(),
  p99Ms: z.number(),
  bad: z.number(),
  clientCpuSeconds: z.number(),
});
export type LoadResult = z.infer<typeof LoadResult>;

const CLIENT = resolve(import.meta.dir, "load-client.ts");

/** @throws when an answer was no 2xx. */
export const load = async (request: z.input<typeof LoadRequest>): Promise<LoadResult> => {
  const client = Bun.spawn([process.execPath, CLIENT, JSON.stringify(request)], { stderr: "inherit" });
  const printed = await new Response(client.stdout).text();
  const result = LoadResult.parse(JSON.parse(printed));
  if (result.bad > 0) throw new Error(`${result.bad} requests to ${String(request.url)} failed`);
  return result;
};
