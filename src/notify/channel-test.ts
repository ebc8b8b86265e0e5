import { type Clock, toTimestamp } from "@/lib/clock.ts";
import { type Locale, translate } from "@/locales/translate.ts";
import type { Channel } from "./channels/create.ts";
import type { Notifier } from "./notifier.ts";

interface ChannelTestDeps {
  channels: readonly Channel[];
  /** The chat's. */
  locale: Locale;
  clock: Clock;
  note?: Notifier["noteTest"];
}

/** Sends a message to every channel, past the outbox. */
export const testChannels = ({ channels, locale, clock, note }: ChannelTestDeps) => {
  const lines = [translate(locale)("notify.test_message")];
  const at = toTimestamp(clock.now());
  const news = { deliveryId: crypto.randomUUID(), kind: "test" as const, at, lines, data: {} };
  const test = async ({ name, send }: Channel) => {
    const delivery = await send(news);
    const delivered = delivery.kind === "delivered";
    // AstrBot says yes where a platform's adapter drops the message (4.29.3: QQ's official bot, Discord not ready).
    const accepted = name === "astrbot" ? ("delivery.astrbot_accepted" as const) : ("delivery.delivered" as const);
    const { reason, detail } = delivered ? { reason: accepted, detail: "" } : delivery;
    // Without a chat of its own, AstrBot has those that jobs name.
    if (reason !== "delivery.astrbot_umo") {
      const state = delivered ? "delivered" : "refused";
      note?.(name, { state, reason: delivered ? null : reason, detail, triedAt: toTimestamp(clock.now()) });
    }
    return { name, delivered, reason, detail };
  };
  return Promise.all(channels.map(test));
};
