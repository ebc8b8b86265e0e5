import { expect, test } from "bun:test";
import { printable } from "@/lib/text.ts";

test.each([
  ["\u001b[31mred\u001b]0;title\u0007", "␛[31mred␛]0;title␇"],
  ["over\rwritten", "over␍written"],
  ["line\r\nline\n\tindented", "line\nline\n\tindented"],
  ["\u009b31m\u007f\u202eevil\u2066", "\ufffd31m\ufffd\ufffdevil\ufffd"],
  ["汉字 😀 é", "汉字 😀 é"],
])("%j is %j for a terminal", (text, shown) => {
  expect(printable(text)).toBe(shown);
});
