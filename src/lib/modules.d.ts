/** Files that are imported as text. */
declare module "*.css" {
  const text: string;
  export = text;
}

declare module "*.svg" {
  const text: string;
  export = text;
}

declare module "*.example" {
  const text: string;
  export = text;
}

declare module "*/browser/page.js" {
  const text: string;
  export = text;
}

declare module "idiomorph/dist/idiomorph.min.js" {
  const text: string;
  export = text;
}

declare module "*.service" {
  const text: string;
  export = text;
}
