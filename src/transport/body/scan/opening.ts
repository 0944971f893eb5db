/** Looks at the first bytes of a body: detects early that it is not JSON, and describes what it is instead. */
const OPENING_BYTES = 256;
const OPEN_ARRAY = 0x5b;
const OPEN_OBJECT = 0x7b;
const SHOWN_CHARACTERS = 80;

/** The start of any JSON document. */
const JSON_START = /^\s*["[{\-0-9tfn]/;
/** The start of JSON data, which may contain links or names and is not shown in messages. */
const JSON_CONTAINER = /^\s*["[{]/;
const HTML = /^\s*(?:<!--[^>]{0,200}-->\s*)?<(?:!doctype html|html|head|body|script|title)\b/i;
/** Control and format characters, lone surrogates and line breaks: a server must not be able to control the user's terminal. */
const UNPRINTABLE = /[\p{C}\p{Z}\s]+/gu;

export interface Opening {
  /** Whether more bytes would change nothing. */
  readonly isFull: boolean;
  take(chunk: Uint8Array): void;
  /** False as soon as the bytes cannot be the start of a JSON document. */
  mayBeJson(): boolean;
  /** Whether the body begins like an object, an array or a string. */
  isData(): boolean;
  /** Describes a body that is not valid JSON. Shows at most its first 80 characters, and nothing of JSON data. */
  describe(): string;
}

export function createOpening(): Opening {
  const bytes = new Uint8Array(OPENING_BYTES);
  let length = 0;
  let verdict: boolean | undefined;
  /** Without a byte order mark and without a character that is cut at the end. */
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
      // Nearly every reply begins so; the others are decoded first.
      if (verdict === undefined && length > 0 && (bytes[0] === OPEN_OBJECT || bytes[0] === OPEN_ARRAY)) verdict = true;
      if (verdict === undefined) {
        const begun = text();
        if (begun.trim() !== '') verdict = JSON_START.test(begun);
        else if (length === OPENING_BYTES) verdict = true; // only white space so far, which is allowed
      }
      return verdict ?? true;
    },
    isData: () => bytes[0] === OPEN_OBJECT || bytes[0] === OPEN_ARRAY || JSON_CONTAINER.test(text()),
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
