import type { Config } from "@/config.ts";
import type { Clock } from "@/lib/clock.ts";
import type { Channel } from "../news.ts";

interface ChannelDeps {
  fetch: typeof fetch;
  clock: Clock;
}

/** Those that are configured. */
export const createChannels = (_config: Config["notify"], _deps: ChannelDeps): Channel[] => [];
