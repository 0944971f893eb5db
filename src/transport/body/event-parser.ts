/**
 * Parses the `text/event-stream` format from bytes. Source: HTML standard, "Server-sent events", section "Interpreting an event stream".
 * An event may contain megabytes of base64, so its data is parsed while it arrives.
 */

import { indexOfByte } from '#platform';
import { BodyError } from './body-error.ts';
import { createEventData, type EventData } from './event-data.ts';
import type { JsonScannerOptions } from './scan/json-scanner.ts';

export interface ServerEvent {
  /** `message` if the server sent no name. */
  readonly event: string;
  /** The parsed document if the data is a JSON object or array; other data as text, e.g. `[DONE]`. */
  readonly data: unknown;
  /** The last id that the server sent, in this event or an earlier one. */
  readonly id?: string;
}

export interface EventParser {
  /**
   * Yields the events that `chunk` completes, so that a broken event does not lose those before it. Read it to its end.
   * @throws {BodyError} `unreadable`, `too_large`
   */
  write(chunk: Uint8Array): Generator<ServerEvent, void, void>;
  /** Returns the last event if its data is complete: some servers omit the empty line at the end. */
  end(): ServerEvent | undefined;
}

const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const COLON = 0x3a;
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];
const NEW_LINE = Uint8Array.of(LF);
/** Limit for field names, event names and ids. */
const MAX_WORD_BYTES = 4096;

/** A byte order mark counts as such only at the start of the stream. */
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** Creates a parser. `retry` and unknown fields are ignored: reconnecting to a paid stream would pay twice. */
export function createEventParser(options: JsonScannerOptions): EventParser {
  /** Where the next byte is: in a field's name, right after its colon, or in its value. */
  let state: 'name' | 'colon' | 'value' = 'name';
  /** The field name; then its value, if the field is `event` or `id`. */
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

  /** Ends a line. Returns the event if the line is empty. */
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

  /** Skips a byte order mark. Returns the index after it. */
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
          if (word.length < MAX_WORD_BYTES) word.push(byte); // a longer name is an unknown field
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
        return undefined; // the last event was cut off
      }
    },
  };
}

/** Finds the next `byte` at or after an index that only grows. Searches each part of the chunk only once. */
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
