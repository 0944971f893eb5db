/**
 * Hides API keys in texts that callers and other programs write: a key may stand where a name belongs, e.g. `getProvider(KEY)`.
 * The transport hides the keys that it uses, in any spelling; this file knows no key, only what keys look like.
 */

/** Texts are cut here before they are searched. */
const MAX_QUOTED = 300;
const HIDDEN = '[redacted]';

/** Keys with a form that no ordinary word has. */
const CERTAIN =
  /\b(?:(?:whsec|nvapi|gh[opsu]|github_pat|bedrock-api-key)[-_][A-Za-z0-9_-]{12,}={0,2}|AIza[A-Za-z0-9_-]{16,}|A[KS]IA[A-Z0-9]{12,}|ABSK[A-Za-z0-9+/=]{16,}|AQ\.[A-Za-z0-9_-]{16,}|ya29\.[A-Za-z0-9_.-]{12,}|eyJ[A-Za-z0-9_.-]{16,})/g;
/** Keys with a prefix that other names have too: `xai-production-eu`, `hf-stable-diffusion-xl`, `key-visual-for-the-campaign.png`. */
const POSSIBLE = /\b(?:sk|rk|hf|r8|xai|key|pk|luma|fal|fw|p8e|api|token|secret)[-_][A-Za-z0-9_-]{12,}={0,2}/gi;
/** An id and a secret, as fal writes its keys. */
const PAIR = /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}:[A-Za-z0-9]{12,}/gi;
/** Keys without a prefix: a UUID, and runs of base64 or hexadecimal digits. */
const UUID = /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi;
const RUN = /[A-Za-z0-9+/=_-]{16,}/g;

/** Replaces everything that has the form of a key. Ids without a prefix stay, because messages name jobs and requests by them. */
export function hideKeys(text: string): string {
  return text
    .replace(PAIR, HIDDEN)
    .replace(CERTAIN, HIDDEN)
    .replace(POSSIBLE, (found) => (found.split(/[-_]/).slice(1).some(isRandomPart) ? HIDDEN : found));
}

/** Whether a text contains something that has the form of a key. */
export const containsKey = (text: string): boolean => hideKeys(text) !== text;

/** Like `hideKeys`, and replaces random words too. For names from a closed list, which never look random. */
export function hideRandomWords(text: string): string {
  return hideKeys(text)
    .replace(UUID, HIDDEN)
    .replace(RUN, (found) => (found.split(/[+/=_-]/).some(isRandomWord) || isRandomRun(found) ? HIDDEN : found));
}

/**
 * Returns a name in quotes, for a message that refuses it. Use it for every name that is not in the list it belongs to: it may be a key.
 * @param name what the caller gave; of anything but a text only the kind is shown
 */
export function quoteName(name: unknown, maxLength = 60): string {
  if (typeof name !== 'string') return describeKind(name);
  return JSON.stringify(hideRandomWords(name.slice(0, MAX_QUOTED)).slice(0, maxLength));
}

/** Names the kind of a value, never the value: `null`, `an array`, `a function`, `a number`, `an instance of URL`. */
export function describeKind(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return 'an array';
  if (typeof value !== 'object') return `a ${typeof value}`;
  const name = classNameOf(value);
  return name === undefined ? 'an object' : `an instance of ${name}`;
}

/** Undefined for a plain object, and for a class whose name is no ordinary word. */
function classNameOf(value: object): string | undefined {
  const name: unknown = (value.constructor as { name?: unknown } | undefined)?.name;
  const isWord = typeof name === 'string' && name !== 'Object' && /^[A-Za-z_$][\w$]{0,39}$/.test(name);
  return isWord ? name : undefined;
}

const mixesDigits = (word: string): boolean => /[0-9]/.test(word) && /[A-Za-z]/.test(word);

/**
 * After the prefix of a key: a word longer than those of a language, or one in which letters and digits alternate. A version in the name
 * of a model does not: `flux1schnell`, `gpt4image`, `v11turbo`.
 */
function isRandomPart(word: string): boolean {
  if (word.length >= 24) return true;
  const runs = word.match(/[0-9]+|[A-Za-z]+/g) ?? [];
  const digits = word.replace(/[^0-9]/g, '').length;
  return (word.length >= 6 && runs.length >= 4) || (word.length >= 12 && runs.length >= 2 && digits * 3 >= word.length);
}

/** Without a prefix, a word must be longer: `flux1schnell` and `gpt4image` are none. */
const isRandomWord = (word: string): boolean =>
  word.length >= 36 ||
  (word.length >= 20 && mixesDigits(word)) ||
  (word.length >= 12 && mixesDigits(word) && /[a-z]/.test(word) && /[A-Z]/.test(word));

/** In random base64, most neighbours are of different kinds: small letter, capital, digit. In words, few are. */
function isRandomRun(run: string): boolean {
  const letters = run.replace(/[+/=_-]/g, '');
  const kinds = [...letters].map((each) => (/[0-9]/.test(each) ? 0 : /[a-z]/.test(each) ? 1 : 2));
  const changes = kinds.filter((kind, at) => at > 0 && kind !== kinds[at - 1]).length;
  return letters.length >= 24 && changes / letters.length >= 0.4;
}
