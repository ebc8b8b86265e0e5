/** Put on the PATH by npx, npm and `bun run`, for as long as they run. */
const PASSING = /\/(?:_npx|node_modules)\//;

/** PATH as the host itself has it, each folder once. */
export const lastingPath = (path: string): string =>
  [...new Set(path.split(":"))].filter((folder) => folder !== "" && !PASSING.test(`${folder}/`)).join(":");
