import { load } from "../load.ts";
import type { Samples } from "../samples.ts";
import { API_TOKEN, type Forms, GATEWAY_TOKEN, start } from "../subjects.ts";

const TURNS = 400;
const BODY = JSON.stringify({ model: "openclaw:main", input: "hello", stream: false });

/** A JSON turn, straight to a gateway that answers at once and through the relay, on one kept connection each. */
export const measureRelay = async (forms: Forms, samples: Samples, rounds: number): Promise<void> => {
  const gateway = await start({ name: "gateway", argv: [process.execPath, "bench/fake-gateway.ts"] });
  const service = await start(forms.service, { OPENCLAW_GATEWAY_URL: gateway.url });
  const turns = { body: BODY, connections: 1, warmUp: 50, requests: TURNS };
  for (let round = 0; round < rounds; round++) {
    const direct = await load({ ...turns, url: `${gateway.url}/v1/responses`, head: [bearer(GATEWAY_TOKEN)] });
    const relayed = await load({ ...turns, url: `${service.url}/api/v1/responses`, head: [bearer(API_TOKEN)] });
    samples.add("turn, straight: p50", direct.p50Ms);
    samples.add("turn, relayed: p50", relayed.p50Ms);
    samples.add("relay adds: p50", relayed.p50Ms - direct.p50Ms);
    samples.add("relay: turns/s", relayed.perSecond);
  }
  await service.stop();
  await gateway.stop();
};

const bearer = (token: string) => `Authorization: Bearer ${token}`;
