/** `bun run start`, and every other command of `src/main.ts`: installs what is missing, then becomes it in this same process. */
import { ensureDependencies } from "./dependencies.ts";

ensureDependencies("runtime");
await import("../src/main.ts");
