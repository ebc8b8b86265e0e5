import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startFakeModelServer } from "@test/support/fake-model-server.ts";
import { addShape, type Shapes, shapeOf } from "@test/support/shapes.ts";
import { createCodexHome } from "./codex-home.ts";
import { codexPeerOf, codexProgram, ensurePeer } from "./peers.ts";
import { createScratch } from "./program.ts";

const RUN_TIMEOUT_MS = 120_000;
const UNSANDBOXED = "--dangerously-bypass-approvals-and-sandbox";

/** Every kind of event and item that Codex can be brought to send. */
const TASKS: readonly (readonly [task: string, ...flags: string[]])[] = [
  ["[[say:hello]]"],
  ["[[think:it is early]][[search:openclaw]][[say:found]]"],
  ["[[shell:echo done]][[shell:exit 3]][[say:both ran]]"],
  ["[[patch:notes.txt]][[patch:/nowhere/notes.txt]][[say:edited]]"],
  ["[[call:mcp__probe/ping {}]][[call:mcp__probe/fail {}]][[say:called]]", UNSANDBOXED],
  ["[[call:mcp__probe/ping {}]][[say:not approved]]"],
  ['[[call:multi_agent_v1/spawn_agent {"message":"hello"}]][[say:spawned]]'],
  ...[400, 401, 402, 403, 404, 429, 500, 503].map((status) => [`[[error:${status}]]`] as const),
  ["[[cut]]"],
];

/** The least that Codex takes for an MCP server. */
const MCP_SERVER = `
const answers = {
  initialize: ({ protocolVersion }) =>
    ({ protocolVersion, capabilities: { tools: {} }, serverInfo: { name: "probe", version: "1" } }),
  "tools/list": () =>
    ({ tools: ["ping", "fail"].map((name) => ({ name, inputSchema: { type: "object", properties: {} } })) }),
  "tools/call": ({ name }) => ({ content: [{ type: "text", text: name }], isError: name === "fail" }),
};
for await (const line of console) {
  const { id, method, params } = JSON.parse(line);
  if (id !== undefined) console.log(JSON.stringify({ jsonrpc: "2.0", id, result: answers[method]?.(params) ?? {} }));
}
`;

/** By event type, and by item type where there is one. */
export const playCodex = async (version: string): Promise<Shapes> => {
  const program = codexProgram(await ensurePeer(codexPeerOf(version)));
  const model = startFakeModelServer();
  const home = createCodexHome(model.url);
  const work = createScratch();
  const server = join(home.folder, "mcp-server.ts");
  writeFileSync(server, MCP_SERVER);
  const command = JSON.stringify([process.execPath, server]).slice(1, -1).split(",");
  appendFileSync(
    join(home.folder, "config.toml"),
    `[mcp_servers.probe]\ncommand = ${command[0]}\nargs = [${command[1]}]\n`,
  );
  const shapes: Shapes = {};
  try {
    for (const [task, ...flags] of TASKS) {
      const codex = Bun.spawn(
        [program, "exec", "--json", "--skip-git-repo-check", "--sandbox", "workspace-write", ...flags, "-"],
        {
          cwd: work.folder,
          env: { PATH: process.env.PATH, HOME: home.folder, CODEX_HOME: home.folder, FAKE_KEY: "fake-key" },
          stdio: [new Blob([task]), "pipe", "ignore"],
          timeout: RUN_TIMEOUT_MS,
        },
      );
      const lines = (await new Response(codex.stdout).text()).trim().split("\n");
      for (const event of lines.map((line) => JSON.parse(line))) {
        addShape(shapes, [event.type, event.item?.type].filter(Boolean).join(" "), shapeOf(event));
      }
    }
    return shapes;
  } finally {
    await model.stop();
    home.remove();
    work.remove();
  }
};
