import { expect, test } from "bun:test";
import { API_TOKEN, createTestApp } from "@test/support/app.ts";
import { onTestEnd } from "@test/support/cleanup.ts";
import { parseResponse } from "hono/client";
import { systemClock } from "@/lib/clock.ts";
import { createClient } from "@/routes/api/client.ts";
import { listen } from "@/server.ts";

/** The client as a program of its own would use it: over a socket. */
const serve = async () => {
  const { container } = createTestApp();
  await container.start();
  const server = listen({ host: "127.0.0.1", port: 0, allowedHosts: container.allowedHosts, clock: systemClock });
  server.serve(container);
  onTestEnd(server.stop);
  return `http://127.0.0.1:${server.port}`;
};

test("the typed client pushes models, runs a job and reads the status", async () => {
  const client = createClient({ origin: await serve(), token: API_TOKEN });

  const pushed = await parseResponse(
    client.models["import-astr"].$post({ json: { providers: [{ id: "a/b", model: "b" }], source: "a test" } }),
  );
  expect(pushed.imported).toMatchObject({ provider_count: 1, source: "a test" });
  const { models } = await parseResponse(client.models.$get({ query: {} }));
  expect(models.map(({ provider_id }) => provider_id)).toEqual(["a/b"]);

  const jobs = client.executor.jobs;
  const { job_id: jobId } = await parseResponse(jobs.$post({ json: { task: "hello", cwd: "/tmp" } }));
  const { job } = await parseResponse(jobs[":jobId"].$get({ param: { jobId }, query: { wait: "30" } }));
  expect(job).toMatchObject({ state: "succeeded", result_text: "task: hello" });
  const listed = await parseResponse(jobs.$get({ query: { state: "succeeded" } }));
  expect(listed.jobs).toEqual([job]);

  const { state } = await parseResponse(client.status.$get());
  expect(state.last_model_sync).toEqual(pushed.imported);
});

test("a failure comes to it as the one envelope, which its type tells from a success", async () => {
  const origin = await serve();
  const gone = await createClient({ origin, token: API_TOKEN }).executor.jobs[":jobId"].cancel.$post({
    param: { jobId: "no-such-job" },
  });
  const body = await gone.json();
  expect(body.ok ? body.job : body.error_code).toBe("job_not_found");

  const refused = await createClient({ origin, token: "a-wrong-token-of-16+" }).status.$get();
  expect([refused.status as number, refused.ok as boolean]).toEqual([403, false]);
});
