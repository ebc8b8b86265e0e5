import { excerpt, headOf } from "@/executor/excerpt.ts";
import { MAX_RESULT_CHARS, NO_RESULT } from "@/executor/output.ts";
import type { JournalEntry } from "./journal.ts";
import { type Finished, finished } from "./state.ts";

/** The end of a job whose run was lost in a crash, with the texts of its journal, which are masked already. */
export const interrupted = (entries: readonly JournalEntry[], at: Date): Finished => {
  const said = entries.filter(({ type }) => type !== "state");
  const textIf = (pick: (entry: JournalEntry) => string | false) =>
    said.reduceRight((found, entry) => found || pick(entry) || "", "");
  const isFirst = said.at(-1)?.type === "retry" ? "retry" : "failure";
  const message = textIf((entry) => {
    if (entry.type === "item") return entry.status === "failed" && entry.text;
    return (entry.type === "failure" || entry.type === isFirst) && "text" in entry && entry.text;
  });
  const written = said.flatMap((entry) => (entry.type === "output" ? [entry.text] : [])).join("\n");
  const answer = textIf((entry) => entry.type === "message" && entry.text.trim());
  const rest = said.some(({ type }) => type !== "output") ? NO_RESULT : written;
  const resultText = excerpt(headOf(answer || rest), MAX_RESULT_CHARS, (text) => text);
  return finished(at, { code: "interrupted", message: message.replace(/\s+/g, " "), resultText });
};
