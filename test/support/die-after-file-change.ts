/**
 * A preload that kills the process, as `kill -9` does, after as many changes to files as DIE_AFTER says. `require`,
 * since a patch shows in named imports only if it is made before the first of them.
 */
const fs: typeof import("node:fs") = require("node:fs");

let changes = 0;

const countChange = () => {
  changes++;
  if (changes === Number(process.env.DIE_AFTER)) process.kill(process.pid, "SIGKILL");
};

for (const name of ["linkSync", "renameSync", "rmSync", "fsyncSync"] as const) {
  const original = fs[name] as (...args: unknown[]) => unknown;
  const counted = (...args: unknown[]) => {
    const changesNothing = name === "rmSync" && !fs.existsSync(String(args[0]));
    const result = original(...args);
    if (!changesNothing) countChange();
    return result;
  };
  Object.assign(fs, { [name]: counted });
}
