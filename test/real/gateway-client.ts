import { createBreaker } from "@/gateway/breaker.ts";
import { classify } from "@/gateway/classify.ts";
import { createGatewayClient } from "@/gateway/client.ts";
import { systemClock as clock } from "@/lib/clock.ts";
import { type Service, startService } from "./service.ts";

interface Settings {
  url: string;
  token: string;
}

/** The service's own client, with a new circuit for each request. */
export const clientOf = (url: string, gatewayToken: string) => ({
  async detail(): Promise<string> {
    const breaker = createBreaker({ clock });
    const client = createGatewayClient({ fetch, url, token: gatewayToken, breaker, clock, timeoutMs: 15_000 });
    const outcome = await client.probe();
    return outcome.kind === "answer" || outcome.kind === "failure" ? classify(outcome) : outcome.kind;
  },
});

/** Each case has a service of its own: one keeps an answer for a while. */
export const withService = async <T>(settings: Settings, use: (service: Service) => Promise<T>) => {
  const service = await startService({
    OPENCLAW_GATEWAY_URL: settings.url,
    OPENCLAW_GATEWAY_TOKEN: settings.token,
  });
  try {
    return await use(service);
  } finally {
    await service.stop();
  }
};

export const probe = (settings: Settings) => withService(settings, (service) => service.checkedProbe());
