import { createTestApp, newRoot } from "@test/support/app.ts";
import { createTestClock, type TestClock } from "@test/support/test-clock.ts";
import type { Observation } from "@/status/diagnose.ts";

export const MINUTE_MS = 60_000;
const ASTRBOT = {
  NOTIFY_ASTRBOT_KEY: "abk_0123456789abcdef",
  NOTIFY_ASTRBOT_UMO: "webchat:FriendMessage:home",
  NOTIFY_LANGUAGE: "en",
  BACKEND_PUBLIC_URL: "https://bot.example/x/",
};

interface Sent {
  umo: string;
  text: string;
}

type Answer = (umo: string) => Response | Promise<Response>;
const taken = () => Response.json({ status: "ok", message: null, data: {} });

/** AstrBot's side, and a webhook's: what has arrived, and what they answer. */
const createPeers = () => {
  const sent: Sent[] = [];
  const hooked: string[] = [];
  let answer: Answer = taken;
  const fetch = async (url: string | URL | Request, init?: RequestInit) => {
    const body = JSON.parse(String(init?.body ?? "{}"));
    if (String(url).startsWith("http://hook.example/")) {
      hooked.push(body.type);
      return new Response();
    }
    if (!String(url).includes(":6185/")) throw Object.assign(new Error("refused"), { code: "ECONNREFUSED" });
    const response = await Promise.race([answer(body.umo), aborted(init?.signal)]);
    if (response.ok) sent.push({ umo: body.umo, text: body.message });
    return response;
  };
  return {
    sent,
    hooked,
    fetch: Object.assign(fetch, { preconnect: () => {} }),
    answer: (next: Answer = taken) => {
      answer = next;
    },
  };
};

const aborted = (signal?: AbortSignal | null): Promise<never> =>
  new Promise((_resolve, reject) => signal?.addEventListener("abort", () => reject(signal.reason)));

export const down = () => new Response("down", { status: 503 });

export const refused: Observation = {
  subject: "gateway",
  problem: { kind: "gateway_refused", severity: "fault", values: {} },
};
export const well: Observation = { subject: "gateway", problem: undefined };

type Options = NonNullable<Parameters<typeof createTestApp>[0]> & { clock?: TestClock };

/** A service that sends to AstrBot; the looks are the test's. */
export const createNewsBench = async ({ env, root = newRoot(), clock = createTestClock(), ...more }: Options = {}) => {
  const astrbot = createPeers();
  const settings = { WATCH_SECONDS: "300", ...ASTRBOT, ...env };
  const app = createTestApp({ env: settings, root, clock, fetch: astrbot.fetch, ...more });
  const { notifier, worker } = app.container;
  await worker.start();
  notifier.sweep(clock.now());
  return {
    ...app,
    clock,
    astrbot,
    notifier,
    /** A look every five minutes. */
    async look(...found: Observation[]) {
      const looked = notifier.observe(found);
      await clock.advance(5 * MINUTE_MS);
      await looked;
    },
    /** A look every minute. */
    async lookEachMinute(...looks: Observation[]) {
      for (const found of looks) {
        const looked = notifier.observe([found]);
        await clock.advance(MINUTE_MS);
        await looked;
      }
    },
  };
};

/** Turns of the event loop, for what is imported and sent. */
export const settle = async (until: () => boolean) => {
  for (let turn = 0; turn < 2000 && !until(); turn++) await new Promise((resolve) => setImmediate(resolve));
};
