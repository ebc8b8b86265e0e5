const SHELL = /^(?:\S*\/)?(?:ba|z|da|k)?sh -l?c /;
const WORD_PARTS = /'([^']*)'?|"((?:[^"\\]|\\.)*)"?|\\(.)|([^\s'"\\]+)|\s/gs;

/** An event with its command as a person would type it. */
export const withPlainCommand = <Event extends object>(event: Event): Event =>
  "command" in event ? { ...event, command: withoutShell(String(event.command)) } : event;

/** A command as a person would type it: Codex reports `/bin/bash -lc '<command>'`. Its end may be cut off. */
export const withoutShell = (command: string): string => {
  const shell = SHELL.exec(command)?.[0];
  if (shell === undefined) return command;
  const script = command.slice(shell.length);
  let word = "";
  for (const [part, single, double, escaped, plain] of script.matchAll(WORD_PARTS)) {
    // More words are arguments of the script.
    if (/^\s/.test(part)) return command;
    word += single ?? double?.replace(/\\([$`"\\])|\\\n/g, "$1") ?? escaped ?? plain;
  }
  return word;
};
