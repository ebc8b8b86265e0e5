/**
 * What the relay adds to a turn: the same request to a gateway that answers at once, straight and through the relay by
 * turns, one at a time, each on a new connection. Then what rounds of 500 aborted streams leave behind in the service's
 * process.
 */
import {
  API_TOKEN,
  GATEWAY_TOKEN,
  openDescriptors,
  percentile,
  privateDirtyMib,
  startGateway,
  startService,
  timed,
} from "./processes.ts";

const WARM_UP = 300;
const ROUNDS = 2000;
const ABORTS = 500;
const ABORT_ROUNDS = 8;

const gateway = await startGateway();
const service = await startService(gateway.url);
const direct = { url: `${gateway.url}/v1/responses`, token: GATEWAY_TOKEN };
const relayed = { url: `${service.url}/api/v1/responses`, token: API_TOKEN };

const turn = (to: typeof direct, stream: boolean, signal?: AbortSignal) =>
  fetch(to.url, {
    method: "POST",
    headers: { authorization: `Bearer ${to.token}`, "content-type": "application/json" },
    body: JSON.stringify({ model: "openclaw:main", input: "hello", stream }),
    keepalive: false,
    ...(signal && { signal }),
  });

const readAnswer = async (to: typeof direct): Promise<void> => {
  const response = await turn(to, false);
  const text = await response.text();
  if (response.status !== 200) throw new Error(text);
};

/** Times the first byte; what follows is read outside of that time. */
const firstByteMs = async (to: typeof direct): Promise<number> => {
  const startedAt = performance.now();
  const reader = (await turn(to, true)).body?.getReader();
  await reader?.read();
  const ms = performance.now() - startedAt;
  while (reader && !(await reader.read()).done);
  return ms;
};

const compare = async (name: string, measure: (to: typeof direct) => Promise<number>): Promise<void> => {
  const straight: number[] = [];
  const through: number[] = [];
  for (let round = 0; round < WARM_UP + ROUNDS; round++) {
    const [directMs, relayedMs] = [await measure(direct), await measure(relayed)];
    if (round < WARM_UP) continue;
    straight.push(directMs);
    through.push(relayedMs);
  }
  for (const [label, share] of [
    ["p50", 0.5],
    ["p99", 0.99],
  ] as const) {
    const [from, to] = [percentile(straight, share), percentile(through, share)];
    const change = `x${(to / from).toFixed(2)}, +${(to - from).toFixed(2)} ms`;
    console.log(`${name} ${label}: direct ${from.toFixed(2)} ms, relayed ${to.toFixed(2)} ms = ${change}`);
  }
};

const abortMany = async (): Promise<{ descriptors: number; mib: string }> => {
  for (let abort = 0; abort < ABORTS; abort++) {
    const caller = new AbortController();
    await (await turn(relayed, true, caller.signal)).body?.getReader().read();
    caller.abort();
  }
  await readAnswer(relayed);
  return { descriptors: openDescriptors(service.pid), mib: privateDirtyMib(service.pid).toFixed(1) };
};

try {
  await compare("JSON answer", (to) => timed(() => readAnswer(to)));
  await compare("first SSE byte", firstByteMs);
  const rounds: Awaited<ReturnType<typeof abortMany>>[] = [];
  for (let round = 0; round < ABORT_ROUNDS; round++) rounds.push(await abortMany());
  console.log(
    `after each ${ABORTS} aborted streams: descriptors ${rounds.map((round) => round.descriptors).join(" ")}`,
  );
  console.log(`private memory in MiB: ${rounds.map(({ mib }) => mib).join(" ")}`);
} finally {
  await service.stop();
  await gateway.stop();
}
