/**
 * The `text/event-stream` format over bytes. Source: HTML standard, "Server-sent events", section "Interpreting an event stream".
 * An event may hold megabytes of base64, so its data is not collected but read while it arrives.
 */

import { indexOfByte } from '#platform';
import { BodyError } from './body-error.ts';
import { createEventData, type EventData } from './event-data.ts';
import type { JsonScannerOptions } from './scan/json-scanner.ts';

export interface ServerEvent {
  /** `message` when the server gave no name. */
  readonly event: string;
  /** The parsed document when the data is a JSON object or array; any other data as text, e.g. `[DONE]`. */
  readonly data: unknown;
  /** The last id the server gave, in this event or an earlier one. */
  readonly id?: string;
}

export interface EventParser {
  /**
   * The events that `chunk` completes, one by one, so that a broken event does not take those before it along. To be read to the end.
   * @throws {BodyError} `unreadable`, `too_large`
   */
  write(chunk: Uint8Array): Generator<ServerEvent, void, void>;
  /** The event that the stream ended in, where its data is whole: some servers leave out the last empty line. */
  end(): ServerEvent | undefined;
}

const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const COLON = 0x3a;
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];
const NEW_LINE = Uint8Array.of(LF);
/** Event names and ids are words; names of fields we read are shorter still. */
const MAX_WORD_BYTES = 4096;

/** A mark that does not begin the stream is a character like any other. */
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** `retry` and unknown fields are read over: who reconnects to a paid stream would pay twice. */
export function createEventParser(options: JsonScannerOptions): EventParser {
  /** Where the next byte stands: in a field's name, right after its colon, or in its value. */
  let state: 'name' | 'colon' | 'value' = 'name';
  /** The field name, then its value if that is a word. */
  let word: number[] = [];
  let field = '';
  let eventName = '';
  let lastId: string | undefined;
  let data: EventData | undefined;
  let isAfterCr = false;
  let marks = 0; // bytes of a byte order mark seen at the very start

  function takeWord(bytes: Uint8Array): void {
    if (word.length + bytes.length > MAX_WORD_BYTES) {
      throw new BodyError('too_large', `a name or id in the event stream is longer than ${MAX_WORD_BYTES} bytes`);
    }
    word.push(...bytes);
  }

  function endWord(): string {
    if (word.length === 0) return '';
    const text = decoder.decode(Uint8Array.from(word));
    word = [];
    return text;
  }

  function startValue(): void {
    field = endWord();
    state = 'colon';
    if (field !== 'data') return;
    if (data === undefined) data = createEventData(options);
    else data.write(NEW_LINE);
  }

  function takeValue(bytes: Uint8Array): void {
    if (field === 'data') data?.write(bytes);
    else if (field === 'event' || field === 'id') takeWord(bytes);
  }

  /** Gives the event when the line that ends is empty. */
  function endLine(): ServerEvent | undefined {
    const isEmpty = state === 'name' && word.length === 0;
    if (state === 'name' && !isEmpty) startValue(); // a name alone is a field with an empty value
    state = 'name';
    if (isEmpty) return endEvent();
    const value = endWord();
    if (field === 'event') eventName = value;
    if (field === 'id' && !value.includes('\0')) lastId = value;
    return undefined;
  }

  function endEvent(): ServerEvent | undefined {
    const ended = data;
    const event = eventName === '' ? 'message' : eventName;
    data = undefined;
    eventName = '';
    if (ended === undefined) return undefined;
    return { event, data: ended.end(), ...(lastId !== undefined && { id: lastId }) };
  }

  /** Where the bytes after a byte order mark begin. */
  function skipMark(chunk: Uint8Array): number {
    let at = 0;
    while (marks < BYTE_ORDER_MARK.length && at < chunk.length) {
      if (chunk[at] !== BYTE_ORDER_MARK[marks]) {
        takeWord(Uint8Array.from(BYTE_ORDER_MARK.slice(0, marks)));
        marks = BYTE_ORDER_MARK.length;
        break;
      }
      at += 1;
      marks += 1;
    }
    return at;
  }

  return {
    *write(chunk) {
      const nextLf = createFinder(chunk, LF);
      const nextCr = createFinder(chunk, CR);
      let at = marks < BYTE_ORDER_MARK.length ? skipMark(chunk) : 0;
      while (at < chunk.length) {
        const byte = chunk[at]!;
        const isSecondOfPair = isAfterCr && byte === LF;
        isAfterCr = byte === CR;
        if (isSecondOfPair) at += 1;
        else if (byte === LF || byte === CR) {
          at += 1;
          const event = endLine();
          if (event !== undefined) yield event;
        } else if (state === 'name' && byte === COLON) {
          at += 1;
          startValue();
        } else if (state === 'name') {
          at += 1;
          if (word.length < MAX_WORD_BYTES) word.push(byte); // one that long is the name of no field we read
        } else if (state === 'colon' && byte === SPACE) {
          at += 1;
          state = 'value';
        } else {
          state = 'value';
          const end = Math.min(nextLf(at), nextCr(at));
          takeValue(chunk.subarray(at, end));
          at = end;
        }
      }
    },
    end() {
      try {
        return endLine() ?? endEvent();
      } catch {
        return undefined; // it was cut off
      }
    },
  };
}

/** Finds the next `byte` at or after a place that only moves on; searches each part of the chunk once, however many lines it has. */
function createFinder(chunk: Uint8Array, byte: number): (from: number) => number {
  let found = -1;
  return (from) => {
    if (found < from) {
      const index = indexOfByte(chunk, byte, from);
      found = index < 0 ? chunk.length : index;
    }
    return found;
  };
}
