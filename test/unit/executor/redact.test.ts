import { describe, expect, test } from "bun:test";
import { parseConfig } from "@/config.ts";
import { createOwnMask, createRedactor, secretsOf } from "@/executor/redact.ts";

const redact = createRedactor(["our-own-backend-token", ""]);

const masked: [text: string, expected: string][] = [
  ["token=abc", "token=********"],
  ['{\\"password\\": \\"hunter2\\"}', '{\\"password\\": \\"********\\"}'],
  ["AWS_SECRET_ACCESS_KEY=abc/def", "AWS_SECRET_ACCESS_KEY=********"],
  ["private_key: abc", "private_key=********"],
  ['"token":["abc"]', '"token":["********"]'],
  ['"token":[["abc"]', '"token":["********"]'],
  ["https://tok@h/x", "https://********@h/x"],
  ["run --password x --verbose", "run --password ******** --verbose"],
  ["PASSWORD=a,b&c", "PASSWORD=********"],
  ["gsk_0123456789abcdefghijklmnopqrstuv", "********"],
  ["Password: hunter2 ok", "Password=******** ok"],
  ["api-key = 'a b c' next", "api-key=******** next"],
  ["OPENAI_API_KEY=sk-1 x", "OPENAI_API_KEY=******** x"],
  ["export access_token=abc;", "export access_token=********;"],
  ['{"token": "x", "n": 1}', '{"token": "********", "n": 1}'],
  ["{'client_secret':'x'}", "{'client_secret':\"********\"}"],
  ["Authorization: Bearer abc.def", "Authorization: Bearer ********"],
  ["Cookie: a=1; b=2\nnext", "Cookie=********\nnext"],
  ["key ghp_0123456789abcdefghijABCDEFGHIJ456789 end", "key ******** end"],
  ["sk-proj-0123456789abcdef0123", "********"],
  ["AIzaSyA0123456789abcdefghijklmnopqrstuv", "********"],
  ["http://bob:pw@host/x", "http://********@host/x"],
  ['{"TOKEN":"x","token":"y"}', '{"TOKEN":"********","token":"********"}'],
  ['{\\"TOKEN\\": \\"x\\", \\"secret\\": \\"y\\"}', '{\\"TOKEN\\": \\"********\\", \\"secret\\": \\"********\\"}'],
  ['"TOKEN":["a"],"secret":["b"]', '"TOKEN":["********"],"secret":["********"]'],
  ["--my-long-token   abcdef --API-KEY x", "--my-long-token ******** --API-KEY ********"],
  ["bearer   abc.def, BASIC eDp5", "bearer ********, BASIC ********"],
  ["sk-0123456789abcdef sk-fedcba9876543210", "******** ********"],
  ["Set-Cookie: a=1\nCOOKIE: b=2", "Set-Cookie=********\nCOOKIE=********"],
  ["http://a:b@h http://c:d@h", "http://********@h http://********@h"],
  ["say our-own-backend-token!", "say ********!"],
  ["-----BEGIN RSA PRIVATE KEY-----\nMII\n-----END RSA PRIVATE KEY-----\nok", "********\nok"],
];
test.each(masked)("hides the secret in %j", (text, expected) => {
  expect(redact(text)).toBe(expected);
});

const untouched = [
  "tokens used: 123",
  "max_tokens: 4096 is fine? no: the name ends in tokens",
  "the secret of good code",
  "password",
  "https://api.openai.com/v1",
  "a skirt-and-a-blouse",
  "Bearer of bad news",
];
test.each(untouched)("leaves %j alone", (text) => {
  expect(redact(text)).toBe(text);
});

describe("secrets of ours are", () => {
  const secretsIn = (environment: Record<string, string>) =>
    secretsOf(parseConfig({ OPENCLAW_BACKEND_ROOT: "/nowhere", ...environment })).filter((secret) => secret !== "");

  test("our tokens, the keys of messages and those that are passed to Codex, and nothing else", () => {
    const secrets = {
      BACKEND_API_TOKEN: "token-of-our-api",
      OPENCLAW_GATEWAY_TOKEN: "token-of-the-gateway",
      OPENCLAW_GATEWAY_BACKUP_TOKEN: "token-of-the-backup",
      NOTIFY_ASTRBOT_KEY: "key-of-astrbot",
      OPENAI_API_KEY: "key-of-openai",
      CODEX_API_KEY: "key-of-codex",
      DEEPSEEK_KEY: "key-of-deepseek",
    };
    const others = {
      OPENCLAW_GATEWAY_BACKUP_URL: "http://127.0.0.1:9",
      EXECUTOR_PASS_ENV: "DEEPSEEK_KEY,HF_HOME",
      OTHER_KEY: "not passed to Codex",
    };
    expect(secretsIn({ ...secrets, ...others }).sort()).toEqual(Object.values(secrets).sort());
    expect(secretsIn({})).toEqual([]);
  });

  test("the address of a webhook, the keys in it and the secret beside it, but no ordinary word", () => {
    const secret = `whsec_${Buffer.from("0123456789abcdef0123456789abcdef").toString("base64")}`;
    const url = "https://chat.example/incoming/hooks/T012ABCD/wholly-literal-key/robot7Kq9Zab?room=quiet-room";
    const mask = createOwnMask(secretsIn({ NOTIFY_WEBHOOK_URL: url, NOTIFY_WEBHOOK_SECRET: secret }));
    expect(mask(`POST ${url} signed by ${secret}`)).toBe("POST ******** signed by ********");
    expect(mask("/incoming/hooks/T012ABCD/wholly-literal-key/robot7Kq9Zab?room=quiet-room")).toBe(
      "/incoming/hooks/********/********/********?room=********",
    );
  });

  test("the token of a Telegram bot, with and without the word before it", () => {
    const url = "https://api.telegram.org/bot123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0/sendMessage?chat_id=1";
    const mask = createOwnMask(secretsIn({ NOTIFY_WEBHOOK_URL: url }));
    expect(mask("123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0")).toBe("********");
    expect(mask("/bot123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0/sendMessage")).toBe("/bot********/sendMessage");
  });

  test("a part of the address that begins with the same word", () => {
    const mask = createOwnMask(secretsIn({ NOTIFY_WEBHOOK_URL: "https://chat.example/bothersome-key-01" }));
    expect(mask("bothersome-key-01")).toBe("********");
  });
});
