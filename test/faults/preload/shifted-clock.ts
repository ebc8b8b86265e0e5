import { readFileSync } from "node:fs";

/** Moves the wall clock of this process by the seconds that a file holds, read anew each time; timers are not moved. */
const RealDate = Date;
const file = process.env.TEST_CLOCK_SHIFT_FILE ?? "";

const shiftMs = (): number => {
  try {
    return Number(readFileSync(file, "utf8")) * 1000;
  } catch {
    return 0;
  }
};

globalThis.Date = new Proxy(RealDate, {
  construct: (target, args) =>
    args.length > 0 ? Reflect.construct(target, args) : new target(target.now() + shiftMs()),
  get: (target, key) => (key === "now" ? () => target.now() + shiftMs() : Reflect.get(target, key)),
});
