import { expect, test } from "bun:test";
import failures from "@test/fixtures/gateway/failures-2026.2.9.json";
import answers from "@test/fixtures/gateway/ordinary-answers.json";
import { failureTexts, isFailureText } from "@/gateway/failure-texts.ts";

test.each(failures)("a failed turn: %p", (text) => {
  expect([isFailureText(text, false), isFailureText(text, true), isFailureText(`\n${text} `, false)]).toEqual([
    true,
    true,
    true,
  ]);
});

test("200 ordinary answers are answers, whatever they speak of", () => {
  expect(answers.length).toBeGreaterThanOrEqual(200);
  expect(answers.filter((text) => isFailureText(text, false) || isFailureText(text, true))).toEqual([]);
});

test("a failure text within an answer is part of the answer", () => {
  const quotes = failures.flatMap((text) => [
    `"${text}" is what OpenClaw says then.`,
    `> ${text}`,
    `The message is:\n\n${text}\n\nTry again later.`,
    `${text}\nThat was in the log.`,
  ]);
  const openEnded = /failed: |LLM request rejected|blocked by sandbox|Logs: openclaw/;
  expect(quotes.filter((text) => isFailureText(text, true) && !openEnded.test(text))).toEqual([]);
});

test("what the model wrote before its turn failed follows the failure", () => {
  const text = "HTTP 429: Rate limit reached for requests\n\nLet me check the folder.";

  expect([isFailureText(text, true), isFailureText(text, false)]).toEqual([true, false]);
});

test("each template is met by an example", () => {
  const templates = Object.values(failureTexts).flat();
  const shapes = templates.map((template) => template.split(/\{\w+\}/));
  const isMet = (parts: string[]) => failures.some((text) => parts.every((part) => text.includes(part)));

  expect(templates.filter((_, index) => !isMet(shapes[index] ?? []))).toEqual([]);
});

test("a long answer costs no more than its length", () => {
  const parts = ["a", "{", " ", " (request id: ", "_", " failed", " failed: ", "\n", "Error"];
  const heads = ["", "500 ", "HTTP 500 ", "LLM error ", "⚠️ 🛠️ ", 'Tool "', "429 Your account "];
  const texts = heads.flatMap((head) => parts.map((part) => `${head}${part.repeat(1_000_000 / part.length)}\n!`));

  const startedAt = performance.now();
  for (const text of texts) isFailureText(text, true);

  // 63 MB; a quadratic pattern would take hours.
  expect(performance.now() - startedAt).toBeLessThan(20_000);
});
