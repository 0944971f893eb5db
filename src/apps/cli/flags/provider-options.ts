/** Reads `--option key=value`, the vendor's own settings. */
import { hideRandomWords, quoteName } from '../../../providers/protocol/input/hide-keys.ts';
import { UsageError } from '../usage-error.ts';

const KEY = /^[A-Za-z][\w-]{0,79}$/;
const FORBIDDEN = ['__proto__', 'constructor', 'prototype'];

/** @param pairs e.g. `steps=30`. A value that is valid JSON is parsed; every other value is a text. @throws UsageError */
export function readProviderOptions(pairs: readonly string[]): Record<string, unknown> {
  const keys = new Set<string>();
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      const key = pair.slice(0, at);
      if (at < 1 || !KEY.test(key) || FORBIDDEN.includes(key)) {
        throw new UsageError(
          `invalid --option ${quoteName(at < 1 ? pair : key, 40)}`,
          'Use key=value, for example --option steps=30.',
        );
      }
      if (keys.has(key)) throw new UsageError(`--option ${hideRandomWords(key)} is given twice`, 'Remove one.');
      keys.add(key);
      return [key, readValue(pair.slice(at + 1))];
    }),
  );
}

function readValue(text: string): unknown {
  if (!/^(?:-?\d|true$|false$|null$|[[{"])/.test(text)) return text;
  try {
    return JSON.parse(text, (key, value) => (FORBIDDEN.includes(key) ? undefined : value));
  } catch {
    return text;
  }
}
