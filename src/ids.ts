import { randomBytes } from "node:crypto";

/** 16 lower-case hex digits, as the predecessor's. */
export const newJobId = (): string => randomBytes(8).toString("hex");

/** 12 lower-case hex digits, as the predecessor's. */
export const newTraceId = (): string => randomBytes(6).toString("hex");

/** 43 URL-safe characters, 256 bits. */
export const newToken = (): string => randomBytes(32).toString("base64url");
