import { type Clock, toTimestamp } from "@/lib/clock.ts";
import { type Locale, translate } from "@/locales/translate.ts";
import type { ChannelName } from "./channels/services.ts";
import type { Channel, Delivery } from "./news.ts";

interface ChannelTestDeps {
  channels: readonly (Channel & { name: ChannelName })[];
  /** The chat's. */
  locale: Locale;
  clock: Clock;
}

/** Sends a message to every channel, past the outbox. */
export const createChannelTest = ({ channels, locale, clock }: ChannelTestDeps) => ({
  async run() {
    const lines = [translate(locale)("notify.test_message")];
    const news = { id: crypto.randomUUID(), kind: "test" as const, at: toTimestamp(clock.now()), lines, data: {} };
    return Promise.all(channels.map(async (channel) => toResult(channel.name, await channel.send(news))));
  },
});

export type ChannelTest = ReturnType<typeof createChannelTest>;

const toResult = (name: ChannelName, delivery: Delivery) =>
  delivery.kind === "delivered"
    ? { name, delivered: true, reason: "delivery.delivered" as const, detail: "" }
    : { name, delivered: false, reason: delivery.reason, detail: delivery.detail };
