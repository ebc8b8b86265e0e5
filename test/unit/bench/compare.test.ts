import { expect, test } from "bun:test";
import { compare } from "../../../bench/compare.ts";

const kept = [4, 4.1, 3.9, 4.05, 3.95];

test("calls what the kept results differ by no change", () => {
  expect(compare(4.2, kept)).toMatchObject({ usual: 4, isWorse: false });
});

test("calls a ratio worse that lies far above those kept", () => {
  expect(compare(5.6, kept)).toMatchObject({ worseBy: expect.closeTo(0.4), isWorse: true });
});

test("allows more where the kept results lie further apart", () => {
  expect(compare(5.6, [4, 5, 3, 4.5, 3.5])).toMatchObject({ isWorse: false });
});

test("calls nothing worse that has become better", () => {
  expect(compare(2, kept)).toMatchObject({ isWorse: false });
});

test("lets a hair's breadth pass where the kept results are all the same", () => {
  expect(compare(4.1, [4, 4, 4])).toMatchObject({ isWorse: false });
  expect(compare(4.3, [4, 4, 4])).toMatchObject({ isWorse: true });
});

test("judges nothing by two results", () => {
  expect(compare(9, [4, 4.1])).toBeUndefined();
});
