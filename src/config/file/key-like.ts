/** What looks like a secret, so that it is neither taken from a file nor shown. */

/** How the keys of the usual vendors begin; what follows is long and has a digit. */
const KEY =
  /^(?:(?:sk|pk|rk|hf|r8|xai|key|whsec|ghp|luma|fal)[-_]|AIza|AKIA|ASIA|ya29\.)(?=[^0-9]*[0-9])[A-Za-z0-9_.+/=-]{12,}$/;
/** A signed token. */
const TOKEN = /^eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_.-]{10,}$/;
const PASSWORD_IN_LINK = /^[a-z][a-z0-9+.-]{0,20}:\/\/[^/?#@\s]{0,500}@/i;
const KEY_IN_LINK = /[?&](?:key|api_?key|token|access_token|sig|signature|password)=./i;

export function looksLikeKey(text: string): boolean {
  if (text.includes('-----BEGIN') || KEY_IN_LINK.test(text)) return true;
  return text
    .slice(0, 10_000)
    .split(/[\s"'=,;:]/)
    .concat(text.slice(0, 2000))
    .some((word) => KEY.test(word) || TOKEN.test(word) || PASSWORD_IN_LINK.test(word));
}

/** A name of the file, short enough to be shown, without a key that got into it. */
export function shown(name: string): string {
  return name
    .slice(0, 200)
    .replace(/(?:sk|pk|rk|hf|r8|xai|key|whsec|ghp|luma|fal)[-_][A-Za-z0-9_-]{12,}/g, '…')
    .slice(0, 60);
}

/** Upper case only: so a key that stands where the name of a variable should is hardly ever taken for one, and shown. */
export const isVariableName = (text: string): boolean => /^[A-Z_][A-Z0-9_]{0,99}$/.test(text) && !looksLikeKey(text);

/** Names of settings that promise a secret. */
export const isSecretName = (key: string): boolean =>
  /(?:^|[_-])(?:key|token|secret|password|credentials?|authorization|cookie)$/i.test(key);
