/**
 * A gateway that accepts and never answers: how long 50 readers without a pause wait for the status, and how soon a
 * caller of the relay is refused once the circuit is open.
 */
import { API_TOKEN, percentile, startGateway, startService, timed } from "./processes.ts";

const READERS = 50;
const READS_EACH = 40;
const REFUSALS = 200;
const TIMEOUT_SECONDS = 2;

const gateway = await startGateway("--hang");
const service = await startService(gateway.url, {
  RELAY_TOTAL_TIMEOUT_SECONDS: String(TIMEOUT_SECONDS),
  BACKEND_REQUEST_TIMEOUT_SECONDS: "600",
});
const headers = { authorization: `Bearer ${API_TOKEN}`, "content-type": "application/json" };

const readAll = async (path: string): Promise<number[]> => {
  const times: number[] = [];
  const reader = async () => {
    for (let read = 0; read < READS_EACH; read++) {
      times.push(await timed(async () => (await fetch(`${service.url}${path}`, { headers })).text()));
    }
  };
  await Promise.all(Array.from({ length: READERS }, reader));
  return times;
};
const turn = () => fetch(`${service.url}/api/v1/responses`, { method: "POST", headers, body: '{"input":"hello"}' });

try {
  for (const path of ["/web/status", "/api/v1/status"]) {
    await readAll(path);
    const times = await readAll(path);
    const [p50, p99] = [percentile(times, 0.5).toFixed(1), percentile(times, 0.99).toFixed(1)];
    console.log(`${path} with ${READERS} readers: p50 ${p50} ms, p99 ${p99} ms`);
  }
  for (const number of [1, 2]) {
    const startedAt = performance.now();
    const { status } = await turn();
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(2);
    console.log(`turn ${number}: ${status} after ${seconds} s (timeout ${TIMEOUT_SECONDS} s)`);
  }
  const third = await turn();
  console.log(`turn 3: ${third.status}, Retry-After ${third.headers.get("retry-after")}`);
  const refusals: number[] = [];
  for (let refusal = 0; refusal < REFUSALS; refusal++) refusals.push(await timed(turn));
  const [p50, p99] = [percentile(refusals, 0.5).toFixed(2), percentile(refusals, 0.99).toFixed(2)];
  console.log(`refused while open: p50 ${p50} ms, p99 ${p99} ms`);
} finally {
  await service.stop();
  await gateway.stop();
}
