/**
 * What the relay adds to a turn: the same request to a gateway that answers at once, by turns straight, through a relay
 * that does nothing else, and through ours; one at a time, each on a new connection. Then what rounds of 500 aborted
 * streams leave behind in the service's process.
 */
import {
  API_TOKEN,
  GATEWAY_TOKEN,
  openDescriptors,
  percentile,
  privateDirtyMib,
  startBareRelay,
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
const bareRelay = await startBareRelay(gateway.url);
const direct = { url: `${gateway.url}/v1/responses`, token: GATEWAY_TOKEN };
const bare = { url: bareRelay.url, token: API_TOKEN };
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
  const ways = [
    { label: "bare relay", to: bare, took: [] as number[] },
    { label: "relayed", to: relayed, took: [] as number[] },
  ];
  for (let round = 0; round < WARM_UP + ROUNDS; round++) {
    const counts = round >= WARM_UP;
    const directMs = await measure(direct);
    if (counts) straight.push(directMs);
    for (const { to, took } of ways) {
      const ms = await measure(to);
      if (counts) took.push(ms);
    }
  }
  for (const [share, shown] of [
    [0.5, "p50"],
    [0.99, "p99"],
  ] as const) {
    const from = percentile(straight, share);
    const added = ways.map(({ label, took }) => {
      const ms = percentile(took, share);
      return `${label} ${ms.toFixed(2)} ms = +${(ms - from).toFixed(2)}`;
    });
    console.log(`${name} ${shown}: direct ${from.toFixed(2)} ms, ${added.join(", ")}`);
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
  await bareRelay.stop();
  await gateway.stop();
}
