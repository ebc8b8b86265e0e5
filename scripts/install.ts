import { ensureDependencies } from "./dependencies.ts";

ensureDependencies("all");
