/** Finds duplicate keys in JSON. `JSON.parse` would silently keep the last one. */
import { quoteName } from '../../../providers/protocol/input/hide-keys.ts';

/**
 * Checks the keys of all objects in linear time.
 * @param json valid JSON
 * @returns a message about the first invalid key
 */
export function findKeyFault(json: string): string | undefined {
  /** Keys of each enclosing object; `undefined` for an array. */
  const open: (Set<string> | undefined)[] = [];
  let expectsKey = false;
  for (let at = 0; at < json.length; at++) {
    switch (json[at]) {
      case '{':
        open.push(new Set());
        expectsKey = true;
        break;
      case '[':
        open.push(undefined);
        expectsKey = false;
        break;
      case '}':
      case ']':
        open.pop();
        expectsKey = false;
        break;
      case ',':
        expectsKey = open.at(-1) !== undefined;
        break;
      case '"': {
        const end = endOfString(json, at);
        if (expectsKey) {
          const key = String(JSON.parse(json.slice(at, end)));
          const shown = quoteName(key, 40);
          if (key === '__proto__') return `the key ${shown} is not allowed. Remove it`;
          if (open.at(-1)?.has(key)) return `the key ${shown} appears twice. Remove one`;
          open.at(-1)?.add(key);
          expectsKey = false;
        }
        at = end - 1;
        break;
      }
    }
  }
  return undefined;
}

/** Returns the index after the closing quote. */
function endOfString(json: string, start: number): number {
  let at = start + 1;
  while (at < json.length && json[at] !== '"') at += json[at] === '\\' ? 2 : 1;
  return at + 1;
}
