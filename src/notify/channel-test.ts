import { type Clock, toTimestamp } from "@/lib/clock.ts";
import { attempt } from "@/lib/errors.ts";
import { type Locale, translate } from "@/locales/translate.ts";
import type { ChannelName } from "./channels/services.ts";
import type { Channel, Delivery, News } from "./news.ts";
import type { OutboxRepository } from "./repository.ts";

interface ChannelTestDeps {
  channels: readonly (Channel & { name: ChannelName })[];
  /** The chat's. */
  locale: Locale;
  clock: Clock;
  /** Where the status finds the last attempt; the command has none, since the service holds the database. */
  repository?: OutboxRepository;
}

/** Sends a message to every channel, past what waits in the outbox. */
export const createChannelTest = ({ channels, locale, clock, repository }: ChannelTestDeps) => {
  const record = (channel: string, message: News, { delivered, reason, detail }: ReturnType<typeof toResult>) => {
    const about = { channel, recipient: null, subject: "test" };
    repository?.transact(() => {
      repository.add({ ...about, ...message, since: null });
      repository.noteTried(repository.waitingAbout(about)?.position ?? 0, {
        state: delivered ? "delivered" : "refused",
        triedAt: toTimestamp(clock.now()),
        reason: delivered ? null : reason,
        detail,
      });
    });
  };

  return {
    async run() {
      const lines = [translate(locale)("notify.test_message")];
      const news = { id: crypto.randomUUID(), kind: "test" as const, at: toTimestamp(clock.now()), lines, data: {} };
      const send = async ({ name, send }: (typeof channels)[number]) => {
        const result = toResult(name, await send(news));
        // Without a chat of its own, AstrBot has those that jobs name.
        if (result.reason !== "delivery.astrbot_umo") attempt(() => record(name, news, result), undefined);
        return { name, ...result };
      };
      return Promise.all(channels.map(send));
    },
  };
};

export type ChannelTest = ReturnType<typeof createChannelTest>;

const toResult = (name: ChannelName, delivery: Delivery) =>
  delivery.kind === "delivered"
    ? {
        delivered: true,
        reason: name === "astrbot" ? ("delivery.astrbot_accepted" as const) : ("delivery.delivered" as const),
        detail: "",
      }
    : { delivered: false, reason: delivery.reason, detail: delivery.detail };
