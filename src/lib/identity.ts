import packageJson from "../../package.json" with { type: "json" };

/** Name and version of the contract, the same as the predecessor's, which clients have seen. */
export const SERVICE_NAME = "openclaw-astr-backend-service";
export const CONTRACT_VERSION = "0.3.1";

export const RELEASE: string = packageJson.version;

const randomBytes = (count: number) => crypto.getRandomValues(new Uint8Array(count));

/** 16 lower-case hex digits, like the predecessor's. */
export const newJobId = (): string => randomBytes(8).toHex();

/** 12 lower-case hex digits, like the predecessor's. */
export const newTraceId = (): string => randomBytes(6).toHex();

/** 43 URL-safe characters, 256 bits. */
export const newToken = (): string => randomBytes(32).toBase64({ alphabet: "base64url", omitPadding: true });
