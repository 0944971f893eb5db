/** Recognizes secrets, so that they are neither accepted in the file nor shown in a message. */

import { hideRandomWords } from '../../providers/protocol/input/hide-keys.ts';

/** Prefixes of the keys of common vendors, followed by a long text with a digit. */
const KEY =
  /^(?:(?:sk|pk|rk|hf|r8|xai|key|whsec|ghp|luma|fal)[-_]|AIza|AKIA|ASIA|ya29\.)(?=[^0-9]*[0-9])[A-Za-z0-9_.+/=-]{12,}$/;
/** A JSON Web Token. */
const TOKEN = /^eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_.-]{10,}$/;
const PASSWORD_IN_LINK = /^[a-z][a-z0-9+.-]{0,20}:\/\/[^/?#@\s]{0,500}@/i;
const KEY_IN_LINK = /[?&](?:key|api_?key|token|access_token|sig|signature|password)=./i;

export function looksLikeSecret(text: string): boolean {
  if (text.includes('-----BEGIN') || KEY_IN_LINK.test(text)) return true;
  return text
    .slice(0, 10_000)
    .split(/[\s"'=,;:]/)
    .concat(text.slice(0, 2000))
    .some((word) => KEY.test(word) || TOKEN.test(word) || PASSWORD_IN_LINK.test(word));
}

/** Returns a name from the file for a message: at most 60 characters, with everything hidden that looks like a key. */
export function withoutSecrets(name: string): string {
  return hideRandomWords(name.slice(0, 200)).slice(0, 60);
}

/** Accepts capitals only, so that a key written in place of a variable name is almost never mistaken for a name and shown. */
export const isVariableName = (text: string): boolean => /^[A-Z_][A-Z0-9_]{0,99}$/.test(text) && !looksLikeSecret(text);

/** Whether a setting's name says that it holds a secret. */
export const isSecretName = (key: string): boolean =>
  /(?:^|[_-])(?:key|token|secret|password|credentials?|authorization|cookie)$/i.test(key);
