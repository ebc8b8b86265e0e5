import {
  eventStreamOf,
  message,
  reasoning,
  responseWith,
  shellCall,
  toolCall,
  webSearch,
} from "./fake-model/response.ts";
import { nextStep } from "./fake-model/scenario.ts";
import { ModelRequestBody, readTurn, type Turn } from "./fake-model/turn.ts";

/** A request as the fake model server received it. */
export interface ModelRequest {
  turn: Turn;
  body: ModelRequestBody;
  /** Aborts when the client hangs up. */
  closed: AbortSignal;
}

export interface FakeModelServer {
  /** The base URL of its API, as model clients want it. */
  url: string;
  requests(): readonly ModelRequest[];
  /** The first request that matches, whether it has come already or is still to come. */
  received(matches: (request: ModelRequest) => boolean): Promise<ModelRequest>;
  stop(): Promise<void>;
}

/**
 * A stand-in for OpenAI's "Responses" API on loopback, for the real Codex and the real OpenClaw alike.
 * It does what the markers in the prompt say: see fake-model/scenario.ts.
 */
export const startFakeModelServer = (hostname = "127.0.0.1"): FakeModelServer => {
  const requests: ModelRequest[] = [];
  let waiters: ((request: ModelRequest) => boolean)[] = [];

  const answer = async (raw: Request): Promise<Response> => {
    const parsed = ModelRequestBody.safeParse(await raw.json());
    if (!parsed.success) return errorResponse(400, parsed.error.message);
    const body = parsed.data;
    const request: ModelRequest = { body, turn: readTurn(body), closed: raw.signal };
    requests.push(request);
    waiters = waiters.filter((resolves) => !resolves(request));
    return respond(request);
  };

  const server = Bun.serve({
    hostname,
    port: 0,
    idleTimeout: 0,
    routes: {
      "/v1/responses": { POST: answer },
      "/v1/models": () => Response.json({ object: "list", data: [{ id: "fake-1", object: "model" }] }),
    },
    fetch: () => errorResponse(404, "no such route"),
  });

  return {
    url: `http://${hostname}:${server.port}/v1`,
    requests: () => requests,
    received(matches) {
      const already = requests.find(matches);
      if (already) return Promise.resolve(already);
      return new Promise((resolve) => {
        waiters.push((request) => {
          const wanted = matches(request);
          if (wanted) resolve(request);
          return wanted;
        });
      });
    },
    stop: () => server.stop(true),
  };
};

const respond = ({ body, turn, closed }: ModelRequest): Response | Promise<Response> => {
  const step = nextStep(turn);
  switch (step.kind) {
    case "shell":
      return reply(body, [shellCall(step.command, turn.tools)]);
    case "call":
      return reply(body, [toolCall(step.tool, step.args)]);
    case "say":
      return reply(body, [
        ...(step.thought === undefined ? [] : [reasoning(step.thought)]),
        ...(step.query === undefined ? [] : [webSearch(step.query)]),
        message(step.text),
      ]);
    case "error":
      return errorResponse(step.status, errorTexts[step.status] ?? `the fake model answers ${step.status}`);
    case "cut":
      return new Response('event: response.created\ndata: {"type":"resp', {
        headers: { "content-type": "text/event-stream; charset=utf-8" },
      });
    case "hang":
      return new Promise((resolve) => closed.addEventListener("abort", () => resolve(errorResponse(499, "gone"))));
  }
};

const reply = (body: ModelRequestBody, items: Parameters<typeof responseWith>[1]): Response => {
  const response = responseWith(body.model, items);
  if (!body.stream) return Response.json(response);
  return new Response(eventStreamOf(response), { headers: { "content-type": "text/event-stream; charset=utf-8" } });
};

/** As real providers word them: OpenClaw 2026.2.9 decides by the words what it answers. */
const errorTexts: Readonly<Record<number, string>> = {
  400: "This model's maximum context length is 128000 tokens. However, your messages resulted in 140000 tokens.",
  401: "Incorrect API key provided: fake-key. You can find your API key at https://platform.openai.com/account/api-keys.",
  402: "Insufficient Balance",
  429: "Rate limit reached for fake-1 in organization org-fake on requests per min (RPM). Please try again in 20s.",
  500: "The server had an error while processing your request. Sorry about that!",
  529: "Overloaded",
};

const errorResponse = (status: number, text: string): Response =>
  Response.json(
    { error: { message: text, type: status >= 500 ? "server_error" : "invalid_request_error" } },
    { status },
  );
