// Text imports, untyped until TypeScript 7.1: from then on bun-types declares `with { type: "text" }` as a string.
declare module "*.css";
declare module "*.svg";
declare module "*.example";
declare module "*.service";
declare module "*/browser/page.js";
declare module "idiomorph/dist/idiomorph.min.js";
