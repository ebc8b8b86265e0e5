/** A gateway in a process of its own, which answers a turn at once, or with `--hang` never: the way is measured, not the model. */
const MODEL_MS = 2;
const hangs = process.argv.includes("--hang");

const response = {
  id: "resp_1",
  object: "response",
  created_at: 1,
  status: "completed",
  model: "openclaw:main",
  output: [{ type: "message", id: "msg_1", role: "assistant", content: [{ type: "output_text", text: "pong" }] }],
  usage: { input_tokens: 5, output_tokens: 5, total_tokens: 10 },
};
const event = (type: string, rest: object) => `event: ${type}\ndata: ${JSON.stringify({ type, ...rest })}\n\n`;
const begun = event("response.created", { response: { ...response, status: "in_progress", output: [] } });
const rest = [
  ...Array.from({ length: 20 }, (_, at) => event("response.output_text.delta", { delta: `word ${at} ` })),
  event("response.completed", { response }),
  "data: [DONE]\n\n",
].join("");

/** As from a gateway: it tells at once that it has begun, and the rest when the model has. */
const stream = () =>
  new ReadableStream<string>({
    async start(controller) {
      controller.enqueue(begun);
      await Bun.sleep(MODEL_MS);
      controller.enqueue(rest);
      controller.close();
    },
  });

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  idleTimeout: 0,
  async fetch(request) {
    const body = await request.text();
    if (hangs) return new Promise<Response>(() => {});
    if (body === "{}" || body === "")
      return Response.json({ error: { type: "invalid_request_error" } }, { status: 400 });
    return body.includes('"stream":true')
      ? new Response(stream(), { headers: { "content-type": "text/event-stream" } })
      : Response.json(response);
  },
});
console.log(`http://127.0.0.1:${server.port}`);
