/** Reads the data of one server-sent event while it arrives. */
import { BodyError } from './body-error.ts';
import { ByteSegments } from './byte-segments.ts';
import { createJsonScanner, type JsonScanner, type JsonScannerOptions } from './scan/json-scanner.ts';

const OPEN_OBJECT = 0x7b;
const OPEN_ARRAY = 0x5b;
/** Bytes that can follow `[` in a JSON array. Other text in brackets is plain text, e.g. the `[DONE]` that ends some streams. */
const IN_ARRAY = new Set(new TextEncoder().encode(' \t\n"[]{-0123456789tfn'));

export interface EventData {
  write(bytes: Uint8Array): void;
  /** Returns the parsed document if the data is a JSON object or array, otherwise the data as text. */
  end(): unknown;
}

export function createEventData(options: JsonScannerOptions): EventData {
  const { maxBytes, maxTextBytes = maxBytes } = options.limits;
  /** The text; for JSON only its first two bytes, until it is known to be JSON. */
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
      // `stream` drops a character that the cut has split.
      const isCut = total > maxTextBytes;
      const decoded = new TextDecoder('utf-8', { ignoreBOM: true }).decode(text.join(), { stream: isCut });
      return isCut ? `${decoded}…` : decoded;
    },
  };
}
