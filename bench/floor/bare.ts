/** What any service on Bun costs: one static JSON answer. */
const body = JSON.stringify({ ok: true });
const headers = { "Content-Type": "application/json" };
const server = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response(body, { headers }) });
console.log(`http://127.0.0.1:${server.port}/web/status`);
