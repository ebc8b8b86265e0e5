import { styleText } from "node:util";
import { parseConfig } from "@/config.ts";
import { createRedactor, secretsOf } from "@/executor/redact.ts";
import { systemClock } from "@/lib/clock.ts";
import { testChannels } from "@/notify/channel-test.ts";
import { createChannels } from "@/notify/channels/create.ts";
import type { Command } from "./command.ts";
import { createSteps } from "./steps.ts";

/** Sends a test message to every channel and prints what the other sides answer. */
export const runNotify: Command = async ({ options, t, environment }) => {
  const config = parseConfig(environment);
  const redact = createRedactor(secretsOf(config));
  const channels = createChannels(config.notify, { fetch: globalThis.fetch, clock: systemClock, redact });
  if (!options.test || channels.length === 0) {
    console.error(t(options.test ? "notify.none" : "cli.notify"));
    return 2;
  }
  const test = () => testChannels({ channels, locale: config.notify.locale, clock: systemClock });
  const results = await createSteps(systemClock)(t("cli.sending"), test);
  for (const { name, delivered, reason, detail } of results) {
    const sign = delivered ? styleText("green", "✓") : styleText("red", "✗");
    console.log(`${sign} ${t(`channel.${name}`)}  ${t(reason)}`);
    if (detail !== "") console.log(`    ${detail}`);
  }
  return results.every(({ delivered }) => delivered) ? 0 : 1;
};
