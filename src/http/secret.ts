const digest = (text: string) => new Bun.CryptoHasher("sha256").update(text).digest();

/** Compares digests, so the time taken tells nothing about the secret or its length; "" matches nothing. */
export const createSecretCheck = (secret: string) => {
  const expected = digest(secret);
  return (given: string): boolean => crypto.timingSafeEqual(digest(given), expected) && secret !== "";
};
