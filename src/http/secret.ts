import { createHash, timingSafeEqual } from "node:crypto";

const digest = (text: string) => createHash("sha256").update(text).digest();

/** Compares digests, so the time taken tells nothing about the secret or its length; "" matches nothing. */
export const createSecretCheck = (secret: string) => {
  const expected = digest(secret);
  return (given: string): boolean => timingSafeEqual(digest(given), expected) && secret !== "";
};
