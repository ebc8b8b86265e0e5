import { Database } from "bun:sqlite";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { parseJson } from "@/lib/json.ts";
import { ensureAstrbot, inRoot } from "./astrbot-peer.ts";
import { createScratch, freePort, startProgram, until } from "./program.ts";

/** Where its data is in its own root. */
const HOME = "/mnt";
const Answer = z.object({ status: z.string(), message: z.string().nullish(), data: z.unknown() });
const Login = z.object({ token: z.string() });
const NewKey = z.object({ api_key: z.string() });
const Stored = z.object({ content: z.string() });
const Content = z.object({ message: z.array(z.looseObject({ type: z.string(), text: z.string().optional() })) });

/** The real AstrBot, headless, on a loopback port, with data of its own; it ends with this process. */
export const startAstrbot = async () => {
  const root = await ensureAstrbot();
  const { folder, remove } = createScratch();
  const port = await freePort();
  // Inside its own mounts; the kernel undoes it with the last of its processes.
  const within = ["unshare", "--mount", "--", "sh", "-c", `mount --bind "$0" "$1${HOME}" && shift && exec "$@"`];
  const inside = (...argv: string[]) => [
    ...[...within, folder, root, ...inRoot(root), `ASTRBOT_ROOT=${HOME}`, "PYTHONDONTWRITEBYTECODE=1"],
    ...["sh", "-c", `cd ${HOME} && exec "$0" "$@"`, ...argv],
  ];
  const env = { PATH: process.env.PATH };
  const start = (...argv: string[]) => startProgram({ argv: inside(...argv), cwd: folder, env });

  const init = start("astrbot", "init", "--yes");
  await until(init.hasExited);
  const configPath = join(folder, "data/cmd_config.json");
  const config = () => parseJson(readFileSync(configPath, "utf8").replace(/^\uFEFF/, "")) as Record<string, unknown>;
  mkdirSync(join(folder, "data"), { recursive: true });
  writeFileSync(configPath, JSON.stringify({ dashboard: { host: "127.0.0.1", port } }));

  const program = start("astrbot", "run", "--port", String(port));
  const printed = (what: string) => new RegExp(`Initial ${what}: (\\S+)`).exec(program.output())?.[1];
  await until(() => printed("password") !== undefined, program);
  const url = `http://127.0.0.1:${port}`;

  const request = async (method: string, path: string, key: string, body?: unknown) => {
    const headers = { "content-type": "application/json", ...(key !== "" && { authorization: `Bearer ${key}` }) };
    const response = await fetch(`${url}/api/v1${path}`, {
      method,
      headers,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const answer = Answer.parse(await response.json());
    if (answer.status !== "ok") throw new Error(`${path} answered ${response.status}: ${answer.message}`);
    return answer.data;
  };
  await until(
    () =>
      fetch(url)
        .then(({ ok }) => ok)
        .catch(() => false),
    program,
  );
  const login = { username: printed("username"), password: printed("password") };
  const { token } = Login.parse(await request("POST", "/auth/login", "", login));

  return {
    url,
    folder,
    configPath,
    config,
    output: program.output,
    /** As its own dashboard sends it. */
    asOwner: (method: string, path: string, body?: unknown) => request(method, path, token, body),
    request,
    async newKey(...scopes: string[]): Promise<string> {
      const name = `test ${scopes.join(" ")}`;
      return NewKey.parse(await request("POST", "/api-keys", token, { name, scopes })).api_key;
    },
    /** The texts that stand in the history of a chat of its built-in WebChat, the oldest first. */
    texts(session: string): string[] {
      using db = new Database(join(folder, "data/data_v4.db"), { readonly: true });
      const rows = db.query("SELECT content FROM platform_message_history WHERE user_id = ? ORDER BY id").all(session);
      return rows.flatMap((row) =>
        Content.parse(JSON.parse(Stored.parse(row).content)).message.flatMap(({ text }) => text ?? []),
      );
    },
    async stop() {
      // Its parent; the kernel then ends what is left in its process namespace.
      program.signal("SIGKILL");
      await program.stop();
      remove();
    },
  };
};
export type Astrbot = Awaited<ReturnType<typeof startAstrbot>>;

/** The UMO of a chat of the WebChat. */
export const webchatUmo = (session: string): string => `webchat:FriendMessage:webchat!astrbot!${session}`;
