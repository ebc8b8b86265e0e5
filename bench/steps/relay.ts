import { load } from "../load.ts";
import type { Samples } from "../samples.ts";
import { API_TOKEN, type Forms, GATEWAY_TOKEN, start } from "../subjects.ts";

const TURNS = {
  body: JSON.stringify({ model: "openclaw:main", input: "hello", stream: false }),
  connections: 1,
  warmUp: 50,
  requests: 400,
};

/**
 * A JSON turn on one kept connection: straight to a gateway that answers at once, through the relay, and through a relay
 * that does nothing else, which either opens a connection for each turn, as ours has to, or keeps one.
 */
export const measureRelay = async (forms: Forms, samples: Samples, rounds: number): Promise<void> => {
  const gateway = await start({ name: "gateway", argv: [process.execPath, "bench/fake-gateway.ts"] });
  const env = { OPENCLAW_GATEWAY_URL: gateway.url };
  const service = await start(forms.service, env);
  const bare = await start(forms.relay, { ...env, KEEP: "false" });
  const keeping = await start(forms.relay, env);
  const ways = [
    { name: "straight", url: `${gateway.url}/v1/responses`, token: GATEWAY_TOKEN },
    { name: "by a bare relay that keeps its connection", url: keeping.url, token: API_TOKEN },
    { name: "by a bare relay", url: bare.url, token: API_TOKEN },
    { name: "relayed", url: `${service.url}/api/v1/responses`, token: API_TOKEN },
  ];
  for (let round = 0; round < rounds; round++) {
    let straightMs = 0;
    for (const { name, url, token } of ways) {
      const head = [`Authorization: Bearer ${token}`];
      const { p50Ms, p99Ms, perSecond } = await load({ ...TURNS, url, head });
      samples.add(`turn, ${name}: p50`, p50Ms);
      samples.add(`turn, ${name}: p99`, p99Ms);
      samples.add(`turn, ${name}: turns/s`, perSecond);
      if (name === "straight") straightMs = p50Ms;
      else samples.add(`turn, ${name}: p50, added`, p50Ms - straightMs);
    }
  }
  await Promise.all([service, bare, keeping, gateway].map((subject) => subject.stop()));
};
