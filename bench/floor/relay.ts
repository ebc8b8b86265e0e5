/** What passing a turn on costs by itself: one fetch for each request, nothing bounded, judged or recorded. */
const keepalive = process.env.KEEP !== "false";
const headers = {
  Authorization: `Bearer ${process.env.OPENCLAW_GATEWAY_TOKEN}`,
  "Content-Type": "application/json",
};
const server = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  async fetch(request) {
    const answer = await fetch(`${process.env.OPENCLAW_GATEWAY_URL}/v1/responses`, {
      method: "POST",
      headers,
      body: await request.arrayBuffer(),
      keepalive,
    });
    const contentType = answer.headers.get("content-type") ?? "";
    return new Response(answer.body, { status: answer.status, headers: { "Content-Type": contentType } });
  },
});
console.log(`http://127.0.0.1:${server.port}`);
