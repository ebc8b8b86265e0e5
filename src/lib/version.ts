import packageJson from "../../package.json" with { type: "json" };

/** Name and version of the contract, as the predecessor told them: clients have seen both. */
export const SERVICE_NAME = "openclaw-astr-backend-service";
export const CONTRACT_VERSION = "0.3.1";

/** Which release of ours answers. */
export const RELEASE: string = packageJson.version;
