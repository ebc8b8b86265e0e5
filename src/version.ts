import packageJson from "../package.json" with { type: "json" };

/** The name is the predecessor's: clients have seen it. */
export const SERVICE_NAME = "openclaw-astr-backend-service";
export const SERVICE_VERSION: string = packageJson.version;
