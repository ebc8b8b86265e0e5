import { readable } from "@/lib/text.ts";

/** From here on a text may scroll in a box of its own, which the keyboard must reach. */
const LONG_CHARS = 400;
const LONG_LINES = 12;

const reachable = (text: string) =>
  text.length > LONG_CHARS || text.split("\n", LONG_LINES + 1).length > LONG_LINES ? 0 : undefined;

/** What a program wrote, line by line. */
export const Lines = ({ text, isOutput = false }: { text: string; isOutput?: boolean }) => (
  <pre class={isOutput ? "lines output" : "lines"} dir="auto" tabindex={reachable(text)}>
    {readable(text.trimEnd())}
  </pre>
);

/** What Codex said. */
export const Said = ({ text, isAside = false }: { text: string; isAside?: boolean }) => (
  <p class={isAside ? "said aside" : "said"} dir="auto" tabindex={reachable(text)}>
    {readable(text)}
  </p>
);
