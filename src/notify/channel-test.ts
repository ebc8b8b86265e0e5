import { type Clock, toTimestamp } from "@/lib/clock.ts";
import { type Locale, translate } from "@/locales/translate.ts";
import type { ChannelName } from "./channels/services.ts";
import type { Channel, Delivery } from "./news.ts";
import type { Notifier } from "./notifier.ts";

interface ChannelTestDeps {
  channels: readonly (Channel & { name: ChannelName })[];
  /** The chat's. */
  locale: Locale;
  clock: Clock;
  note?: Notifier["noteTest"];
}

/** Sends a message to every channel, past the outbox. */
export const createChannelTest = ({ channels, locale, clock, note }: ChannelTestDeps) => ({
  async run() {
    const lines = [translate(locale)("notify.test_message")];
    const news = { id: crypto.randomUUID(), kind: "test" as const, at: toTimestamp(clock.now()), lines, data: {} };
    const send = async ({ name, send }: (typeof channels)[number]) => {
      const result = toResult(name, await send(news));
      const { delivered, reason, detail } = result;
      // Without a chat of its own, AstrBot has those that jobs name.
      if (reason !== "delivery.astrbot_umo") {
        const outcome = delivered
          ? { state: "delivered" as const, reason: null }
          : { state: "refused" as const, reason };
        note?.(name, { ...outcome, detail, triedAt: toTimestamp(clock.now()) });
      }
      return result;
    };
    return Promise.all(channels.map(send));
  },
});

export type ChannelTest = ReturnType<typeof createChannelTest>;

const toResult = (name: ChannelName, delivery: Delivery) =>
  delivery.kind === "delivered"
    ? {
        name,
        delivered: true,
        reason: name === "astrbot" ? ("delivery.astrbot_accepted" as const) : ("delivery.delivered" as const),
        detail: "",
      }
    : { name, delivered: false, reason: delivery.reason, detail: delivery.detail };
