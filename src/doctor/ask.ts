import { atMost, type Clock } from "@/lib/clock.ts";

const PATIENCE_MS = 3000;

/** One look at our own service. undefined without an answer in time. */
export const askService = async (url: string, clock: Clock, token = ""): Promise<Response | undefined> => {
  const controller = new AbortController();
  const asking = fetch(url, {
    headers: token === "" ? {} : { Authorization: `Bearer ${token}` },
    redirect: "manual",
    proxy: false,
    signal: controller.signal,
  }).then(
    async (response) => new Response(await response.text(), response),
    () => undefined,
  );
  await atMost(clock, PATIENCE_MS, asking);
  controller.abort();
  return asking;
};
