/** What we make is for the service's own user alone. */
export const PRIVATE_FILE = 0o600;
export const PRIVATE_FOLDER = 0o700;
/** The bits by which others than the owner reach a file or folder. */
export const OTHERS = 0o077;
