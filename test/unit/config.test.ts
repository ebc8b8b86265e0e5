import { afterAll, afterEach, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, readlinkSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseConfig, readConfig, sidecarVariables, weakTokens } from "@/config.ts";
import { createEnvFile, fillPlaceholders, parseEnvFile, readVariables } from "@/lib/env-file.ts";
import { StartupError } from "@/lib/errors.ts";

const example = resolve(import.meta.dir, "../../.env.example");
const root = mkdtempSync(join(tmpdir(), "config-"));
const base = { OPENCLAW_BACKEND_ROOT: root, HOME: "/home/op" };
afterEach(() => rmSync(join(root, ".env"), { force: true }));
afterAll(() => rmSync(root, { recursive: true }));

const faultsOf = (environment: Record<string, string>): string => {
  try {
    parseConfig({ ...base, ...environment });
    return "";
  } catch (error) {
    expect(error).toBeInstanceOf(StartupError);
    return (error as Error).message;
  }
};

test("without any setting the contract's defaults hold, below the runtime root", () => {
  const config = parseConfig(base);
  expect(config).toMatchObject({
    host: "127.0.0.1",
    port: 18889,
    apiToken: "",
    dbPath: join(root, "data/backend_state.db"),
    auditPath: join(root, "logs/backend/audit.jsonl"),
    requestTimeoutMs: 15_000,
    gateway: { url: "http://127.0.0.1:18789", token: "" },
    executor: { codexBin: "codex", timeoutMs: 180_000, maxTaskChars: 8000, allowGlobalWorkdir: true },
    astrbot: { cmdConfigPath: "/root/AstrBot/data/cmd_config.json", pullMode: "cmd_config_then_export" },
  });
  expect(Object.isFrozen(config)).toBe(true);
});

test("the env file is read, the real environment wins, a blank value is no value", () => {
  writeFileSync(
    join(root, ".env"),
    "BACKEND_PORT=1000\nEXECUTOR_CODEX_BIN=\nEXECUTOR_TIMEOUT_SECONDS='60'\n# BACKEND_HOST=x\n",
  );
  const config = parseConfig({ ...base, BACKEND_PORT: "2000" });
  expect(config).toMatchObject({ port: 2000, host: "127.0.0.1" });
  expect(config.executor).toMatchObject({ codexBin: "codex", timeoutMs: 60_000 });
});

describe("values", () => {
  test.each(["1", "TRUE", " yes ", "On", "开"])("%j is true", (word) => {
    expect(parseConfig({ ...base, EXECUTOR_ALLOW_GLOBAL_WORKDIR: word }).executor.allowGlobalWorkdir).toBe(true);
  });
  test.each(["0", "False", "no", "OFF", "关"])("%j is false", (word) => {
    expect(parseConfig({ ...base, EXECUTOR_ALLOW_GLOBAL_WORKDIR: word }).executor.allowGlobalWorkdir).toBe(false);
  });
  test("numbers below their floor are raised to it", () => {
    const { executor, requestTimeoutMs } = parseConfig({
      ...base,
      EXECUTOR_TIMEOUT_SECONDS: "1",
      EXECUTOR_MAX_TASK_CHARS: "-5",
      BACKEND_REQUEST_TIMEOUT_SECONDS: "0",
    });
    expect([executor.timeoutMs, executor.maxTaskChars, requestTimeoutMs]).toEqual([10_000, 256, 1000]);
  });
  test.each(["replace_with_strong_random_token", "short", ""])("the API token %j counts as not configured", (token) => {
    expect(parseConfig({ ...base, BACKEND_API_TOKEN: token }).apiToken).toBe("");
  });
  test("lists are split, a gateway address loses its trailing slashes, ~ is the home", () => {
    const config = parseConfig({
      ...base,
      EXECUTOR_ALLOWED_WORKDIRS: "~/a, /b ,",
      OPENCLAW_GATEWAY_URL: "http://gw:1//",
      ASTR_PULL_SOURCE_MODE: "CMD_CONFIG_ONLY",
    });
    expect(config.executor.allowedWorkdirs).toEqual(["/home/op/a", "/b"]);
    expect(config.gateway.url).toBe("http://gw:1");
    expect(config.astrbot.pullMode).toBe("cmd_config_only");
  });
});

test("all wrong values are named at once, and none is shown", () => {
  const message = faultsOf({
    BACKEND_PORT: "wrong-port",
    EXECUTOR_ALLOW_GLOBAL_WORKDIR: "wrong-flag",
    OPENCLAW_GATEWAY_URL: "ftp://wrong-url",
    ASTR_PULL_SOURCE_MODE: "wrong-mode",
    EXECUTOR_PASS_ENV: "OPENCLAW_GATEWAY_TOKEN",
  });
  for (const name of [
    "BACKEND_PORT",
    "EXECUTOR_ALLOW_GLOBAL_WORKDIR",
    "OPENCLAW_GATEWAY_URL",
    "ASTR_PULL_SOURCE_MODE",
    "EXECUTOR_PASS_ENV",
  ]) {
    expect(message).toContain(name);
  }
  expect(message).not.toContain("wrong-");
});

test("a number too large for its setting is refused, however many digits it has", () => {
  for (const digits of ["65536", "9".repeat(400)]) {
    expect(faultsOf({ BACKEND_PORT: digits })).toBe("Wrong settings: BACKEND_PORT must be at most 65535.");
  }
});

test("equal tokens are told beside other faults", () => {
  const token = "the-same-token-twice";
  expect(faultsOf({ BACKEND_PORT: "x", BACKEND_API_TOKEN: token, OPENCLAW_GATEWAY_TOKEN: token })).toBe(
    "Wrong settings: BACKEND_PORT must be a whole number; BACKEND_API_TOKEN must differ from OPENCLAW_GATEWAY_TOKEN.",
  );
});

test("the two tokens must differ", () => {
  const token = "the-same-token-twice";
  const message = faultsOf({ BACKEND_API_TOKEN: token, OPENCLAW_GATEWAY_TOKEN: token });
  expect(message).toContain("BACKEND_API_TOKEN must differ from OPENCLAW_GATEWAY_TOKEN");
  expect(message).not.toContain(token);
});

describe("the env file", () => {
  test("is KEY=VALUE lines with optional quotes, and no more than that", () => {
    const text = "\uFEFFA=1\r\n#B=2\nC = \"x # y\"\nD='z'\nexport E=3\nF\n=4\nG=a=b\n";
    expect(parseEnvFile(text)).toEqual({ A: "1", C: "x # y", D: "z", "export E": "3", G: "a=b" });
  });

  test("is none for /dev/null, and neither a pipe nor too large", () => {
    expect(readVariables({ ...base, BACKEND_ENV_FILE: "/dev/null" })).toEqual({
      ...base,
      BACKEND_ENV_FILE: "/dev/null",
    });
    const path = join(root, "pipe");
    Bun.spawnSync(["mkfifo", path]);
    expect(() => readVariables({ ...base, BACKEND_ENV_FILE: path })).toThrow(
      `${path} is a named pipe, not a regular file`,
    );
    writeFileSync(join(root, ".env"), `A=${"x".repeat(1024 * 1024)}`);
    expect(() => readVariables(base)).toThrow("is larger than 1048576 bytes");
  });

  test("is made private, with two different tokens, and never overwritten", () => {
    const path = join(root, ".env");
    expect(createEnvFile(path)).toBe(true);
    const values = parseEnvFile(readFileSync(path, "utf8"));
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(values.BACKEND_API_TOKEN).toHaveLength(43);
    expect(values.OPENCLAW_GATEWAY_TOKEN).toHaveLength(43);
    expect(values.BACKEND_API_TOKEN).not.toBe(values.OPENCLAW_GATEWAY_TOKEN);
    expect(values.OPENCLAW_USER).toBe(`${process.getuid?.()}:${process.getgid?.()}`);
    expect(createEnvFile(path)).toBe(false);
    expect(parseEnvFile(readFileSync(path, "utf8"))).toEqual(values);
  });

  const PLACEHOLDER = "replace_with_strong_random_token";

  test.each([
    ["a copy of the example", readFileSync(example, "utf8"), ["BACKEND_API_TOKEN", "OPENCLAW_GATEWAY_TOKEN"]],
    ["line ends of Windows", `A=1\r\nBACKEND_API_TOKEN=${PLACEHOLDER}\r\nB=2\r\n`, ["BACKEND_API_TOKEN"]],
    ["quotes and blanks", ` OPENCLAW_GATEWAY_TOKEN = "${PLACEHOLDER}" \nA=1`, ["OPENCLAW_GATEWAY_TOKEN"]],
    ["a byte order mark", `\uFEFFBACKEND_API_TOKEN='${PLACEHOLDER}'`, ["BACKEND_API_TOKEN"]],
    ["no placeholder", `# ${PLACEHOLDER}\n#BACKEND_API_TOKEN=${PLACEHOLDER}\nA=x${PLACEHOLDER}\n`, []],
    ["an empty file", "", []],
  ])("with placeholders gets tokens in their lines alone: %s", (_, text, names) => {
    const path = join(root, ".env");
    writeFileSync(path, text, { mode: 0o600 });
    expect(fillPlaceholders(path)).toEqual(names);
    const filled = readFileSync(path, "utf8");
    const tokens = names.map((name) => parseEnvFile(filled)[name] ?? "");
    expect(new Set(tokens).size).toBe(names.length);
    for (const token of tokens) expect(token).toHaveLength(43);
    const back = tokens.reduce((now, token) => now.replace(token, PLACEHOLDER), filled);
    expect(back).toBe(names.length === 0 ? text : text.replace(/=( ?)(["'])(replace\w+)\2/g, "=$1$3"));
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(fillPlaceholders(path)).toEqual([]);
  });

  test("that is a link stays one, and its file is filled", () => {
    const [file, link] = [join(root, "real.env"), join(root, ".env")];
    writeFileSync(file, `BACKEND_API_TOKEN=${PLACEHOLDER}\n`);
    symlinkSync(file, link);
    expect(fillPlaceholders(link)).toEqual(["BACKEND_API_TOKEN"]);
    expect(readlinkSync(link)).toBe(file);
    expect(parseEnvFile(readFileSync(file, "utf8")).BACKEND_API_TOKEN).toHaveLength(43);
  });

  test.each([
    ["", true],
    ["short", true],
    ["change_me_please_now", true],
    ["your-token-goes-here", true],
    ["<a strong random token>".replaceAll(" ", "_"), true],
    ["aaaaaaaaaaaaaaaaaaaaaa", true],
    ["abcabcabcabcabcabcabcabc", true],
    ["1234567890123456", true],
    ["Zq3v9Lm2Xw7Rt5Yk8Np4", false],
  ])("a weak token is named: %s", (token, isWeak) => {
    const config = parseConfig({ ...base, BACKEND_API_TOKEN: token, OPENCLAW_GATEWAY_TOKEN: "Hs8d2Kf7Gj4Lz9Qp3Vb6" });
    expect(weakTokens(config)).toEqual(isWeak ? ["BACKEND_API_TOKEN"] : []);
  });

  test("example names every setting, and nothing that is not one", () => {
    const documented = Object.keys(parseEnvFile(readFileSync(example, "utf8")));
    expect(documented.sort()).toEqual([...readConfig(base).names, ...sidecarVariables].sort());
  });

  test("example holds the defaults", () => {
    expect({ ...parseConfig({ ...base, ...parseEnvFile(readFileSync(example, "utf8")) }), environment: {} }).toEqual({
      ...parseConfig(base),
      environment: {},
    });
  });
});

describe("a webhook", () => {
  const kindOf = (url: string, kind = "") =>
    parseConfig({ ...base, NOTIFY_WEBHOOK_URL: url, NOTIFY_WEBHOOK_KIND: kind }).notify.webhook?.kind;

  test.each([
    ["https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=1", "wecom"],
    ["https://open.feishu.cn/open-apis/bot/v2/hook/1", "feishu"],
    ["https://open.larksuite.com/open-apis/bot/v2/hook/1", "feishu"],
    ["https://OAPI.dingtalk.com:443/robot/send?access_token=1", "dingtalk"],
    ["https://api.day.app/key", "bark"],
    ["https://api.telegram.org/bot1:a/sendMessage?chat_id=1", "telegram"],
    ["https://ntfy.sh/topic", "ntfy"],
    ["http://127.0.0.1:9/ntfy.sh", "json"],
    ["https://ntfy.sh.example/topic", "json"],
  ] as const)("at %s is %s", (url, kind) => {
    expect(kindOf(url)).toBe(kind);
    expect(kindOf(url, "NTFY")).toBe("ntfy");
  });

  test.each([
    "ftp://a/b",
    "file:///etc/passwd",
    "http://user:password@host/in",
    "http://user@host/in",
    "http://a/b#c",
    "http://a b/",
    "//host/in",
  ])("address like %s is refused, and not shown", (url) => {
    const faults = faultsOf({ NOTIFY_WEBHOOK_URL: url });
    expect(faults).toContain("NOTIFY_WEBHOOK_URL must be");
    expect(faults).not.toContain(url);
  });

  test("is signed by a secret as Standard Webhooks writes it; a robot's looks otherwise", () => {
    const secretFault = (secret: string, url = "https://a/in") =>
      faultsOf({ NOTIFY_WEBHOOK_URL: url, NOTIFY_WEBHOOK_SECRET: secret }).includes(
        "NOTIFY_WEBHOOK_SECRET must be whsec_",
      );
    const ofBytes = (bytes: number) => `whsec_${Buffer.alloc(bytes, 7).toString("base64")}`;
    expect([23, 24, 64, 65].map((bytes) => secretFault(ofBytes(bytes)))).toEqual([true, false, false, true]);
    expect(secretFault("SECabc")).toBe(true);
    expect(secretFault("SECabc", "https://oapi.dingtalk.com/robot/send?access_token=1")).toBe(false);
    expect(secretFault("")).toBe(false);
  });
});
