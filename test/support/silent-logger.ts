import type { Logger } from "@/lib/logger.ts";

export const silentLogger: Logger = { info() {}, error() {}, isWritable: () => true };
