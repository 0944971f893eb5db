/** Removes secrets and prompts from texts for errors, logs and hooks. */
import { isError } from '../is-error.ts';
import { hasEncodedText } from './encodings.ts';
import { foldKey, foldKeyText, foldWords, foldWordsText } from './fold.ts';
import { type TextVariant, textOf } from './text-variant.ts';
import { variantsOf } from './text-variants.ts';

/** Max length of a redacted text. */
const MAX_SHOWN_LENGTH = 300;
/** Max length that is read. Redacting shortens a text, so more is read than shown. */
const MAX_READ_LENGTH = 8 * MAX_SHOWN_LENGTH;
/** Shorter secrets are ignored, because they would match ordinary words. */
const MIN_SECRET_LENGTH = 4;
/** Any part of a key with at least this many characters is removed. */
const MIN_KEY_PART = 7;
/** Any part of a confidential text with at least this many letters and digits is removed. */
const MIN_WORDS_PART = 12;
/** How many causes of causes are copied. */
const MAX_CAUSES = 10;
/** How many secrets are cached with their parts. */
const MAX_CACHED_SECRETS = 32;

const LINK = /https?:\/\/[^\s"'<>]+/gi;
/** Matches keys in the formats of well-known vendors, also keys that this transport does not use. */
const KEY_LIKE = /\b(?:(?:sk|pk|rk|key|hf|r8|xai)[-_]|AIza)[A-Za-z0-9_-]{16,}/g;
const PEM_MARK = '-----';

/** Returns the strings to search for: the whole secret, and the short parts of a composite one (`id:secret`). */
function secretParts(secret: string): readonly string[] {
  const well = secret.toWellFormed();
  // Of a PEM only the body is secret, not its first and last line (-----BEGIN X-----, -----END X-----).
  const isPem = well.includes(`${PEM_MARK}BEGIN `);
  const whole = isPem ? well.split(PEM_MARK).filter((_, at) => at % 2 === 0) : [well];
  const parts = whole.flatMap((each) => each.split(':')).filter((part) => part.length < MIN_KEY_PART);
  return [...whole, ...parts].map(foldKeyText).filter((part) => part.length >= MIN_SECRET_LENGTH);
}

/** A variant and its text. */
type SearchText = readonly [text: string, variant: TextVariant];

/** Indexes all parts of `partLength` characters: `[variant number, index, variant number, index, …]` by part. */
function buildIndex(all: readonly SearchText[], partLength: number): ReadonlyMap<string, readonly number[]> {
  const index = new Map<string, number[]>();
  for (const [number, [text]] of all.entries()) {
    for (let at = 0; at + partLength <= text.length; at++) {
      const piece = text.slice(at, at + partLength);
      const places = index.get(piece);
      if (places) places.push(number, at);
      else index.set(piece, [number, at]);
    }
  }
  return index;
}

/** Calls `mark` with the source position of every part of a hidden text that a variant contains. */
function markParts(
  all: readonly SearchText[],
  hiddenTexts: readonly string[],
  partLength: number,
  mark: (start: number, end: number) => void,
): void {
  const markIn = ({ starts, ends }: TextVariant, at: number, length: number) =>
    mark(starts[at] ?? 0, ends[at + length - 1] ?? 0);
  const isLong = (whole: string) => whole.length > partLength;
  const index = hiddenTexts.some(isLong) ? buildIndex(all, partLength) : new Map<string, readonly number[]>();
  for (const whole of hiddenTexts) {
    if (!isLong(whole)) {
      for (const [text, variant] of all) {
        for (let at = text.indexOf(whole); at >= 0; at = text.indexOf(whole, at + 1)) markIn(variant, at, whole.length);
      }
      continue;
    }
    // The text is short and the secret may be long, so each part of the secret is looked up in the index.
    for (let from = 0; index.size > 0 && from + partLength <= whole.length; from++) {
      const places = index.get(whole.slice(from, from + partLength)) ?? [];
      for (let each = 0; each < places.length; each += 2) {
        const [, variant] = all[places[each] ?? 0] ?? [];
        if (variant) markIn(variant, places[each + 1] ?? 0, partLength);
      }
    }
  }
}

/** A fast check without source positions: most texts contain no secret. */
function mayContain(text: string, keys: readonly string[], words: readonly string[]): boolean {
  if (keys.length + words.length === 0) return false;
  const lengths = [
    ...keys.map((key) => Math.min(key.length, MIN_KEY_PART)),
    ...words.map((each) => Math.min(each.length, MIN_WORDS_PART)),
  ];
  if (hasEncodedText(text, Math.min(...lengths))) return true;
  return (
    (keys.length > 0 && hasPart(foldKeyText(text), keys, MIN_KEY_PART)) ||
    (words.length > 0 && hasPart(foldWordsText(text), words, MIN_WORDS_PART))
  );
}

function hasPart(text: string, hiddenTexts: readonly string[], partLength: number): boolean {
  if (hiddenTexts.some((whole) => whole.length <= partLength && text.includes(whole))) return true;
  const long = hiddenTexts.filter(({ length }) => length > partLength);
  for (let at = 0; at + partLength <= text.length; at++) {
    const piece = text.slice(at, at + partLength);
    if (long.some((whole) => whole.includes(piece))) return true;
  }
  return false;
}

const KEY = 1;
const WORDS = 2;

/** Replaces each marked range with a label. */
function replaceMarked(text: string, marks: Uint8Array): string {
  let clean = '';
  let from = 0;
  for (let at = 0; at < text.length; ) {
    if (marks[at] === 0) {
      at++;
      continue;
    }
    let end = at;
    let isKey = false;
    while (end < text.length && marks[end] !== 0) isKey = marks[end++] === KEY || isKey;
    clean += text.slice(from, at) + (isKey ? '[redacted]' : '[…]');
    from = end;
    at = end;
  }
  return clean + text.slice(from);
}

/** Removes `user:password@`, and everything after `?` or `#`, which may be a signature. */
function cleanLink(link: string): string {
  const tailAt = link.search(/[?#]/);
  const kept = tailAt < 0 ? link : `${link.slice(0, tailAt)}?…`;
  return kept.replace(/^(https?:\/\/)[^/]*@/i, '$1');
}

/**
 * Redacts a text from a server or a foreign function. The result has at most 300 characters. It contains no part of a secret with seven
 * characters or more, no text in `confidential` or long part of it, in any spelling or encoding, and no signed links.
 */
export type Redact = (text: string, confidential?: readonly string[]) => string;

/** Folded texts by list, so that the prompt of a call is folded only once. */
const foldedConfidential = new WeakMap<readonly string[], readonly string[]>();

function foldConfidential(confidential: readonly string[]): readonly string[] {
  const partsBySecret = foldedConfidential.get(confidential);
  if (partsBySecret) return partsBySecret;
  const folded = confidential.map(foldWordsText).filter(({ length }) => length >= MIN_SECRET_LENGTH);
  foldedConfidential.set(confidential, folded);
  return folded;
}

/** Creates a redactor. @param secrets called for each text, because tokens are renewed */
export function createRedactor(secrets: () => readonly string[]): Redact {
  /** Every reply has a text to redact (its request id), so the search strings are cached. */
  const partsBySecret = new Map<string, readonly string[]>();
  const partsOfSecret = (secret: string) => {
    const parts = partsBySecret.get(secret) ?? secretParts(secret);
    if (partsBySecret.size >= MAX_CACHED_SECRETS) partsBySecret.clear();
    partsBySecret.set(secret, parts);
    return parts;
  };
  return (given, confidential = []) => {
    const text = given.slice(0, MAX_READ_LENGTH);
    const keys = secrets().flatMap((secret) => (secret.length < MIN_SECRET_LENGTH ? [] : partsOfSecret(secret)));
    const words = foldConfidential(confidential);
    const marks = new Uint8Array(text.length);
    const variants = mayContain(text, keys, words) ? variantsOf(text) : [];
    const markMatches = (
      kind: number,
      fold: (variant: TextVariant) => TextVariant,
      hiddenTexts: readonly string[],
      partLength: number,
    ) => {
      if (hiddenTexts.length === 0) return;
      const all = variants.map(fold).map((folded): SearchText => [textOf(folded), folded]);
      markParts(all, hiddenTexts, partLength, (start, end) => marks.fill(kind, start, end));
    };
    // Keys last: a range that is both is labelled as a key.
    markMatches(WORDS, foldWords, words, MIN_WORDS_PART);
    markMatches(KEY, foldKey, keys, MIN_KEY_PART);
    const clean = replaceMarked(text, marks).replace(LINK, cleanLink).replace(KEY_LIKE, '[redacted]');
    return clean.length > MAX_SHOWN_LENGTH || given.length > text.length
      ? `${clean.slice(0, MAX_SHOWN_LENGTH - 1)}…`
      : clean;
  };
}

/** Copies the redacted name, message and code of a foreign error, for use as `cause`. No other properties are kept. */
export function copyCause(error: unknown, redact: (text: string) => string, depth = 0): Error | undefined {
  // Causes may form a circle.
  if (error === undefined || error === null || depth === MAX_CAUSES) return undefined;
  if (!isError(error)) return new Error(redact(String(error)));
  const inner = copyCause(error.cause, redact, depth + 1);
  const copy = new Error(redact(error.message), inner && { cause: inner });
  copy.name = redact(error.name);
  copy.stack = `${copy.name}: ${copy.message}`;
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? Object.assign(copy, { code: redact(code) }) : copy;
}
