import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { AppError, toAppError } from "@/lib/errors.ts";

const thrownBy = (action: () => unknown): unknown => {
  try {
    return action();
  } catch (error) {
    return error;
  }
};

test("a full database is no bug: the caller is told to try again", () => {
  const database = new Database(":memory:");
  database.run("PRAGMA max_page_count = 2");
  database.run("CREATE TABLE t (x)");
  const full = thrownBy(() => database.run("INSERT INTO t VALUES (zeroblob(100000))"));
  expect(toAppError(full)).toMatchObject({ code: "database_unavailable", cause: full });
  expect(toAppError(new Error("in a wrapper", { cause: full })).code).toBe("database_unavailable");
});

test("what is not ours to explain keeps its cause for the log", () => {
  const bug = new TypeError("x is not a function");
  expect(toAppError(bug)).toMatchObject({ code: "internal_error", cause: bug });
  const known = new AppError("not_found");
  expect(toAppError(known)).toBe(known);
});
