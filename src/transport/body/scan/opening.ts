/** The first bytes of a body: enough to see that it is no JSON before all of it is read, and to say what it is instead. */

const OPENING_BYTES = 256;
const SHOWN_CHARACTERS = 80;

/** What a JSON document can begin with. */
const JSON_START = /^\s*["[{\-0-9tfn]/;
/** Begins like data, maybe with links or names in it, and is not shown. */
const JSON_CONTAINER = /^\s*["[{]/;
const HTML = /^\s*(?:<!--[^>]{0,200}-->\s*)?<(?:!doctype html|html|head|body|script|title)\b/i;
/** Control and format characters, lone surrogates and line breaks: a server has no business writing on somebody's terminal. */
const UNPRINTABLE = /[\p{C}\p{Z}\s]+/gu;

export interface Opening {
  /** Whether more bytes would change nothing. */
  readonly isFull: boolean;
  take(chunk: Uint8Array): void;
  /** False as soon as a byte has come that no JSON document begins with. */
  mayBeJson(): boolean;
  /** Whether it begins like an object, an array or a string. */
  isData(): boolean;
  /** What the body seems to be, given that it is no valid JSON. Shows its first 80 characters at most, and none of data. */
  describe(): string;
}

export function createOpening(): Opening {
  const bytes = new Uint8Array(OPENING_BYTES);
  let length = 0;
  let verdict: boolean | undefined;
  /** A byte order mark and a character cut at the end are left out. */
  const text = () => new TextDecoder().decode(bytes.subarray(0, length), { stream: true });

  return {
    get isFull() {
      return length === OPENING_BYTES;
    },
    take(chunk) {
      if (length === OPENING_BYTES) return;
      const part = chunk.subarray(0, OPENING_BYTES - length);
      bytes.set(part, length);
      length += part.length;
    },
    mayBeJson() {
      if (verdict === undefined) {
        const begun = text();
        if (begun.trim() !== '') verdict = JSON_START.test(begun);
        else if (length === OPENING_BYTES) verdict = true; // so much white space is odd, but allowed
      }
      return verdict ?? true;
    },
    isData: () => JSON_CONTAINER.test(text()),
    describe: () => describe(text(), length === OPENING_BYTES),
  };
}

function describe(text: string, isCut: boolean): string {
  if (text.trim() === '') return isCut ? 'the body is not JSON: it begins with white space only' : 'the body is empty';
  if (HTML.test(text)) return 'the body is an HTML page, not JSON';
  if (JSON_CONTAINER.test(text)) return 'the body is not valid JSON';
  const printable = [...text.replace(UNPRINTABLE, ' ').trim()];
  return `the body is not JSON: it begins with "${printable.slice(0, SHOWN_CHARACTERS).join('')}"`;
}
