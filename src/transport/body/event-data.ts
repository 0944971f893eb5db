/** The data of one server-sent event, read while it arrives. */

import { BodyError } from './body-error.ts';
import { ByteSegments } from './byte-segments.ts';
import { createJsonScanner, type JsonScanner, type JsonScannerOptions } from './scan/json-scanner.ts';

const OPEN_OBJECT = 0x7b;
const OPEN_ARRAY = 0x5b;
/** What can follow the bracket of a JSON array. Other text in brackets is a word, such as the `[DONE]` that ends some streams. */
const IN_ARRAY = new Set(new TextEncoder().encode(' \t\n"[]{-0123456789tfn'));

export interface EventData {
  write(bytes: Uint8Array): void;
  /** The parsed document if the data is a JSON object or array, else the data as text. */
  end(): unknown;
}

export function createEventData(options: JsonScannerOptions): EventData {
  const { maxBytes, maxTextBytes = maxBytes } = options.limits;
  /** All of a text; of JSON only the first two bytes, until it is known to be JSON. */
  const text = new ByteSegments();
  let scanner: JsonScanner | undefined;
  let total = 0;
  const start: number[] = [];

  function isJson(): boolean {
    return start[0] === OPEN_OBJECT || (start[0] === OPEN_ARRAY && start[1] !== undefined && IN_ARRAY.has(start[1]));
  }

  return {
    write(bytes) {
      if (scanner !== undefined) return scanner.write(bytes);
      for (let i = 0; start.length < 2 && i < bytes.length; i++) start.push(bytes[i]!);
      if (isJson()) {
        scanner = createJsonScanner(options);
        if (text.length > 0) scanner.write(text.join());
        return scanner.write(bytes);
      }
      total += bytes.length;
      if (total > maxBytes) throw new BodyError('too_large', `the data of an event is longer than ${maxBytes} bytes`);
      text.append(bytes.subarray(0, Math.max(0, maxTextBytes - text.length)));
    },
    end() {
      if (scanner !== undefined) return scanner.end();
      // `stream` leaves out a character that the cut has divided.
      const isCut = total > maxTextBytes;
      const decoded = new TextDecoder('utf-8', { ignoreBOM: true }).decode(text.join(), { stream: isCut });
      return isCut ? `${decoded}…` : decoded;
    },
  };
}
