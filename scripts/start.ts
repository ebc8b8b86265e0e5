/** `bun run start`: installs what is missing, then becomes the service in this same process. */
import { ensureDependencies } from "./dependencies.ts";

ensureDependencies("runtime");
await import("../src/main.ts");
