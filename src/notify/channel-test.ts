import { type Clock, toTimestamp } from "@/lib/clock.ts";
import { type Locale, translate } from "@/locales/translate.ts";
import type { ChannelName } from "./channels/services.ts";
import type { Channel } from "./news.ts";
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
    const test = async ({ name, send }: (typeof channels)[number]) => {
      const delivery = await send(news);
      const delivered = delivery.kind === "delivered";
      const { reason, detail } = delivered ? { reason: wordsOf(name), detail: "" } : delivery;
      // Without a chat of its own, AstrBot has those that jobs name.
      if (reason !== "delivery.astrbot_umo") {
        const state = delivered ? "delivered" : "refused";
        note?.(name, { state, reason: delivered ? null : reason, detail, triedAt: toTimestamp(clock.now()) });
      }
      return { name, delivered, reason, detail };
    };
    return Promise.all(channels.map(test));
  },
});

export type ChannelTest = ReturnType<typeof createChannelTest>;

/** AstrBot says yes where a platform's adapter drops the message (4.29.3: QQ's official bot, Discord not ready). */
const wordsOf = (name: ChannelName) =>
  name === "astrbot" ? ("delivery.astrbot_accepted" as const) : ("delivery.delivered" as const);
