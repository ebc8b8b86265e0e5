export const BUSY_TIMEOUT_MS = 5000;
