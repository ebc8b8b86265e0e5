import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { compileOnUse } from "@/db/statements.ts";

const open = () => {
  const sqlite = new Database(":memory:", { strict: true });
  return { sqlite, db: compileOnUse(sqlite) };
};

test("a statement is compiled when it is run, and then kept", () => {
  const { sqlite, db } = open();
  const insert = db.query<unknown, { text: string }>("INSERT INTO notes VALUES ($text)");
  const select = db.query<{ text: string }>("SELECT text FROM notes");
  expect(() => select.all()).toThrow("no such table");

  db.run("CREATE TABLE notes (text TEXT)");
  insert.run({ text: "a" });
  expect(select.get()).toEqual({ text: "a" });
  sqlite.run("ALTER TABLE notes ADD COLUMN more TEXT");
  expect(select.all()).toEqual([{ text: "a" }]);
});

test("one that is run first within a transaction is part of it", () => {
  const { db } = open();
  db.run("CREATE TABLE notes (text TEXT)");
  const insert = db.query("INSERT INTO notes VALUES ('a')");
  const both = db.transaction(() => {
    insert.run();
    throw new Error("no");
  });
  expect(() => both.immediate()).toThrow("no");
  expect(db.query("SELECT * FROM notes").all()).toEqual([]);
});
