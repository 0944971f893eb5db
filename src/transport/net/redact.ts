/** Keeps secrets and the words of a person out of every text that can be seen. */
import {
  foldedKey,
  foldedWords,
  foldKey,
  foldWords,
  hasHiddenText,
  type Reading,
  readingsOf,
  textOf,
} from './readings.ts';

/** No text of a server's is longer than this many characters in an error. */
const MAX_TEXT = 300;
/** What is read of a text: redacting makes it shorter, so more is read than is shown. */
const MAX_READ = 8 * MAX_TEXT;
/** A shorter secret would black out ordinary words. */
const MIN_SECRET = 4;
/** Any part of a key that has this many characters tells too much of it. */
const TELLING_KEY = 7;
/** Any part of a person's words that has this many letters and digits names them. */
const TELLING_WORDS = 12;
/** Secrets whose spellings are remembered; renewed tokens push the old ones out. */
const MAX_KNOWN = 32;

const LINK = /https?:\/\/[^\s"'<>]+/gi;
/** What looks like a key of any of the usual vendors, ours or not. */
const KEY_LIKE = /\b(?:(?:sk|pk|rk|key|hf|r8|xai)[-_]|AIza)[A-Za-z0-9_-]{16,}/g;
const PEM_MARK = '-----';

/** What is looked for of a secret: all of it, and each part of a composite one that is too short to be found by its length. */
function partsOf(secret: string): readonly string[] {
  const well = secret.toWellFormed();
  // Its first and last line are no secret: -----BEGIN X-----, body, -----END X-----, …
  const isPem = well.includes(`${PEM_MARK}BEGIN `);
  const whole = isPem ? well.split(PEM_MARK).filter((_, at) => at % 2 === 0) : [well];
  const parts = whole.flatMap((each) => each.split(':')).filter((part) => part.length < TELLING_KEY);
  return [...whole, ...parts].map(foldedKey).filter((part) => part.length >= MIN_SECRET);
}

/** A reading and its characters. */
type Read = readonly [text: string, reading: Reading];

/** Where the readings have which `telling` characters in a row: `[reading, place, reading, place, …]`. */
function indexOf(all: readonly Read[], telling: number): ReadonlyMap<string, readonly number[]> {
  const index = new Map<string, number[]>();
  for (const [number, [text]] of all.entries()) {
    for (let at = 0; at + telling <= text.length; at++) {
      const piece = text.slice(at, at + telling);
      const places = index.get(piece);
      if (places) places.push(number, at);
      else index.set(piece, [number, at]);
    }
  }
  return index;
}

/** Calls `mark` with the place in the text itself of everything in it that is a telling part of one of `wanted`. */
function findParts(
  all: readonly Read[],
  wanted: readonly string[],
  telling: number,
  mark: (start: number, end: number) => void,
): void {
  const markIn = ({ starts, ends }: Reading, at: number, length: number) =>
    mark(starts[at] ?? 0, ends[at + length - 1] ?? 0);
  const isLong = (whole: string) => whole.length > telling;
  const index = wanted.some(isLong) ? indexOf(all, telling) : new Map<string, readonly number[]>();
  for (const whole of wanted) {
    if (!isLong(whole)) {
      for (const [text, reading] of all) {
        for (let at = text.indexOf(whole); at >= 0; at = text.indexOf(whole, at + 1)) markIn(reading, at, whole.length);
      }
      continue;
    }
    // The text is short and the secret may be long, so the secret is walked through once.
    for (let from = 0; index.size > 0 && from + telling <= whole.length; from++) {
      const places = index.get(whole.slice(from, from + telling)) ?? [];
      for (let each = 0; each < places.length; each += 2) {
        const [, reading] = all[places[each] ?? 0] ?? [];
        if (reading) markIn(reading, places[each + 1] ?? 0, telling);
      }
    }
  }
}

/** Most texts hold nothing of it, which is seen without knowing where each character comes from. */
function mayHold(text: string, keys: readonly string[], words: readonly string[]): boolean {
  if (keys.length + words.length === 0) return false;
  const lengths = [
    ...keys.map((key) => Math.min(key.length, TELLING_KEY)),
    ...words.map((each) => Math.min(each.length, TELLING_WORDS)),
  ];
  if (hasHiddenText(text, Math.min(...lengths))) return true;
  return (
    (keys.length > 0 && hasPart(foldedKey(text), keys, TELLING_KEY)) ||
    (words.length > 0 && hasPart(foldedWords(text), words, TELLING_WORDS))
  );
}

function hasPart(text: string, wanted: readonly string[], telling: number): boolean {
  if (wanted.some((whole) => whole.length <= telling && text.includes(whole))) return true;
  const long = wanted.filter(({ length }) => length > telling);
  for (let at = 0; at + telling <= text.length; at++) {
    const piece = text.slice(at, at + telling);
    if (long.some((whole) => whole.includes(piece))) return true;
  }
  return false;
}

const KEY = 1;
const WORDS = 2;

/** Puts a label in the place of each marked stretch. */
function blackOut(text: string, marks: Uint8Array): string {
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

/** Without `user:password@`, and without what stands after `?` or `#`: a signature, as far as anyone knows. */
function cleanLink(link: string): string {
  const tailAt = link.search(/[?#]/);
  const kept = tailAt < 0 ? link : `${link.slice(0, tailAt)}?…`;
  return kept.replace(/^(https?:\/\/)[^/]*@/i, '$1');
}

/**
 * What may be shown of a text that a server or a foreign function wrote: at most 300 characters, without any part of a secret that has seven
 * characters or more, without the words in `confidential` and long parts of them, in whatever spelling, and without signed links.
 */
export type Redact = (text: string, confidential?: readonly string[]) => string;

/** By the list itself: the words of a call are folded once and not for each text. */
const foldedLists = new WeakMap<readonly string[], readonly string[]>();

function foldedList(confidential: readonly string[]): readonly string[] {
  const known = foldedLists.get(confidential);
  if (known) return known;
  const folded = confidential.map(foldedWords).filter(({ length }) => length >= MIN_SECRET);
  foldedLists.set(confidential, folded);
  return folded;
}

/** @param secrets asked anew for each text, since tokens are renewed */
export function createRedactor(secrets: () => readonly string[]): Redact {
  /** Every answer has a text to clean (the server's name for it): what is looked for is worked out once. */
  const known = new Map<string, readonly string[]>();
  const knownParts = (secret: string) => {
    const parts = known.get(secret) ?? partsOf(secret);
    if (known.size >= MAX_KNOWN) known.clear();
    known.set(secret, parts);
    return parts;
  };
  return (given, confidential = []) => {
    const text = given.slice(0, MAX_READ);
    const keys = secrets().flatMap((secret) => (secret.length < MIN_SECRET ? [] : knownParts(secret)));
    const words = foldedList(confidential);
    const marks = new Uint8Array(text.length);
    const readings = mayHold(text, keys, words) ? readingsOf(text) : [];
    const look = (kind: number, fold: (reading: Reading) => Reading, wanted: readonly string[], telling: number) => {
      if (wanted.length === 0) return;
      const all = readings.map(fold).map((folded): Read => [textOf(folded), folded]);
      findParts(all, wanted, telling, (start, end) => marks.fill(kind, start, end));
    };
    // Keys last: where a key stands among the words, it is the key that is told.
    look(WORDS, foldWords, words, TELLING_WORDS);
    look(KEY, foldKey, keys, TELLING_KEY);
    const clean = blackOut(text, marks).replace(LINK, cleanLink).replace(KEY_LIKE, '[redacted]');
    return clean.length > MAX_TEXT || given.length > text.length ? `${clean.slice(0, MAX_TEXT - 1)}…` : clean;
  };
}

/** A copy of a foreign error that can be kept as `cause`: its name, code and words, and nothing it holds. */
export function copyCause(error: unknown, redact: (text: string) => string): Error | undefined {
  if (error === undefined || error === null) return undefined;
  if (!(error instanceof Error)) return new Error(redact(String(error)));
  const inner = copyCause(error.cause, redact);
  const copy = new Error(redact(error.message), inner && { cause: inner });
  copy.name = redact(error.name);
  copy.stack = `${copy.name}: ${copy.message}`;
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? Object.assign(copy, { code: redact(code) }) : copy;
}
