import { expect, test } from "bun:test";
import { createRedactor } from "@/executor/redact.ts";

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
