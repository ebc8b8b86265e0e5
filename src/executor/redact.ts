import { ownSecretPattern } from "./own-secrets.ts";

const MASK = "********";
const MASK_PATTERN = String.raw`\*{8}`;

/** Prefix names (`OPENAI_API_KEY`, `access_token`) count; a word that merely begins so (`tokens`) does not. */
const SECRET_NAME = String.raw`(?<![\w.-])[\w.-]*(?:token|(?:api|access|private)[_-]?key|secret|password|passwd|cookie)`;
const VALUE = String.raw`"(?:[^"\\]|\\.)*"|'[^']*'|[^\s;"'[}\]\\]+`;

const QUOTED_KEY = new RegExp(String.raw`(["'])(${SECRET_NAME})\1(\s*:\s*)(?:${VALUE})`, "gi");
const ASSIGNMENT = new RegExp(String.raw`(${SECRET_NAME})\s*[:=]\s*(?!${MASK_PATTERN})(?:${VALUE})`, "gi");
/** JSON within a JSON text: its quotes are escaped. */
const ESCAPED_KEY = new RegExp(String.raw`(\\+")(${SECRET_NAME})\\+"(\s*:\s*)\\+"[^"\\]*\\+"`, "gi");
const LIST_VALUE = new RegExp(String.raw`(["'])(${SECRET_NAME})\1(\s*:\s*)\[[^\]]*\]`, "gi");
const OPTION = /(--(?:[\w-]*-)?(?:token|api-key|secret|password))\s+(?!-)[^\s"']+/gi;
const COOKIE_HEADER = /\b((?:set-)?cookie):[^\r\n]*/gi;
const AUTHORIZATION = /\b(Bearer|Basic)\s+[\w.~+/=-]{3,}/gi;
const URL_USERINFO = /(:\/\/)[^\s/@]+@/g;

/** Shapes that their issuers made recognisable. */
const TOKEN_SHAPES = new RegExp(
  [
    String.raw`-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)`,
    String.raw`\bsk-[\w-]{16,}`,
    String.raw`\bgh[pousr]_\w{20,}`,
    String.raw`\bgithub_pat_\w{20,}`,
    String.raw`\bglpat-[\w-]{16,}`,
    String.raw`\bxox[abposr]-[\w-]{10,}`,
    String.raw`\bAIza[\w-]{30,}`,
    String.raw`\bA(?:KI|SI)A[A-Z0-9]{16}\b`,
    String.raw`\bhf_\w{30,}`,
    String.raw`\bgsk_\w{30,}`,
    String.raw`\bnpm_\w{30,}`,
    String.raw`\bxai-[\w-]{20,}`,
    String.raw`\bnvapi-[\w-]{20,}`,
    String.raw`\btvly-[\w-]{16,}`,
    String.raw`(?<![\w-])ey[JK][\w-]{8,}\.[\w-]{8,}\.[\w-]*`,
    String.raw`\b\d{8,10}:[\w-]{35}\b`,
  ].join("|"),
  "g",
);

/**
 * Hides what looks like a secret in text that a program wrote (contract), and `ownSecrets` wherever they stand, encoded
 * or not.
 */
export const createRedactor = (ownSecrets: readonly string[]) => {
  const ownValues = ownSecretPattern(ownSecrets);

  return (text: string): string => {
    const withoutOwn = ownValues ? text.replace(ownValues, MASK) : text;
    return withoutOwn
      .replace(TOKEN_SHAPES, MASK)
      .replace(COOKIE_HEADER, `$1=${MASK}`)
      .replace(ESCAPED_KEY, `$1$2$1$3$1${MASK}$1`)
      .replace(LIST_VALUE, `$1$2$1$3["${MASK}"]`)
      .replace(OPTION, `$1 ${MASK}`)
      .replace(QUOTED_KEY, `$1$2$1$3"${MASK}"`)
      .replace(ASSIGNMENT, `$1=${MASK}`)
      .replace(AUTHORIZATION, `$1 ${MASK}`)
      .replace(URL_USERINFO, `$1${MASK}@`);
  };
};

export type Redactor = ReturnType<typeof createRedactor>;
