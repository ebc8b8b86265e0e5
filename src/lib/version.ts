import packageJson from "../../package.json" with { type: "json" };

/** Name and version of the contract, the same as the predecessor's, which clients have seen. */
export const SERVICE_NAME = "openclaw-astr-backend-service";
export const CONTRACT_VERSION = "0.3.1";

export const RELEASE: string = packageJson.version;
