/** Keeps secrets out of every text that can be seen. */
import { encodeBase64 } from '#platform';

/** No error text is longer than this many characters. */
const MAX_TEXT = 600;
/** A shorter secret would black out ordinary words. */
const MIN_SECRET = 4;
/** Secrets whose spellings are remembered; renewed tokens push the old ones out. */
const MAX_KNOWN = 16;

const LINK = /https?:\/\/[^\s"'<>]+/gi;
/** What looks like a key of any of the usual vendors, ours or not. */
const KEY_LIKE = /\b(?:(?:sk|pk|rk|key|hf|r8|xai)[-_]|AIza)[A-Za-z0-9_-]{16,}/g;
/** A part of a secret this long, from its beginning, is told no more than the whole: texts get cut. */
const TELLING_PART = 0.5;
const MIN_TELLING = 8;
/** The first characters of a person's words that name them. */
const TELLING_WORDS = 32;

/** Every spelling in which a secret could come back: as it is, in JSON, in a URL or form, in base64 at any offset. */
function spellings(given: string): Set<string> {
  const secret = given.toWellFormed();
  const url = encodeURIComponent(secret);
  const base64 = [0, 1, 2].map((offset) => base64Core(secret, offset));
  return new Set([
    secret,
    inJson(secret),
    secret.replaceAll('/', '\\/'),
    encodeURI(secret),
    url,
    url.replaceAll('%20', '+'),
    ...base64,
    ...base64.map((text) => text.replaceAll('+', '-').replaceAll('/', '_')),
  ]);
}

const inJson = (text: string) => JSON.stringify(text).slice(1, -1);

/** The base64 characters that depend on the secret alone when `offset` bytes stand before it and any behind it. */
function base64Core(secret: string, offset: number): string {
  const bytes = new TextEncoder().encode(secret);
  const padded = new Uint8Array(offset + bytes.length);
  padded.set(bytes, offset);
  return encodeBase64(padded).slice(Math.ceil((offset * 8) / 6), Math.floor((padded.length * 8) / 6));
}

/** Puts `label` in the place of `secret` and of any beginning of it that has at least `telling` characters; upper and lower case are one. */
function blackOut(text: string, secret: string, telling: number, label: string): string {
  const lowText = text.toLowerCase();
  const lowSecret = secret.toLowerCase();
  if (lowText.length !== text.length) return text.replaceAll(secret, label); // some letters change their length with their case
  let clean = '';
  let from = 0;
  while (true) {
    const at = lowText.indexOf(lowSecret.slice(0, telling), from);
    if (at < 0) return from === 0 ? text : clean + text.slice(from);
    let end = at + Math.min(telling, lowSecret.length);
    while (end - at < lowSecret.length && lowText[end] === lowSecret[end - at]) end++;
    clean += text.slice(from, at) + label;
    from = end;
  }
}

/** Without `user:password@`, and without what stands after `?` or `#`: a signature, as far as anyone knows. */
function cleanLink(link: string): string {
  const tailAt = link.search(/[?#]/);
  const kept = tailAt < 0 ? link : `${link.slice(0, tailAt)}?…`;
  return kept.replace(/^(https?:\/\/)[^/]*@/i, '$1');
}

export type Redact = (text: string, confidential?: readonly string[]) => string;

/** @param secrets asked anew for each text, since tokens are renewed */
export function createRedactor(secrets: () => readonly string[]): Redact {
  /** Every answer has a text to clean (the server's name for it), and the spellings of a key are many: worked out once. */
  const known = new Map<string, Set<string>>();
  const spellingsOf = (secret: string) => {
    const found = known.get(secret) ?? spellings(secret);
    if (known.size >= MAX_KNOWN) known.clear();
    known.set(secret, found);
    return found;
  };
  return (text, confidential = []) => {
    let clean = text;
    for (const secret of secrets()) {
      if (secret.length < MIN_SECRET) continue;
      for (const spelling of spellingsOf(secret)) {
        const telling = Math.min(Math.max(Math.ceil(spelling.length * TELLING_PART), MIN_TELLING), spelling.length);
        clean = blackOut(clean, spelling, telling, '[redacted]');
      }
    }
    for (const words of confidential) {
      if (words.length < MIN_SECRET) continue;
      for (const spelling of new Set([words, inJson(words)])) clean = blackOut(clean, spelling, TELLING_WORDS, '[…]');
    }
    clean = clean
      .slice(0, 4 * MAX_TEXT)
      .replace(LINK, cleanLink)
      .replace(KEY_LIKE, '[redacted]');
    return clean.length > MAX_TEXT ? `${clean.slice(0, MAX_TEXT)}…` : clean;
  };
}

/** A copy of a foreign error that can be kept as `cause`: its name, code and words, and nothing it holds. */
export function copyCause(error: unknown, redact: (text: string) => string): Error | undefined {
  if (error === undefined || error === null) return undefined;
  if (!(error instanceof Error)) return new Error(redact(String(error)));
  const inner = copyCause(error.cause, redact);
  const copy = new Error(redact(error.message), inner && { cause: inner });
  copy.name = error.name;
  copy.stack = `${copy.name}: ${copy.message}`;
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? Object.assign(copy, { code }) : copy;
}
