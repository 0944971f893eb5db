/** What the suite takes from Node: recorded files, the test runner, and the way errors are printed. */
import { readdir, readFile } from 'node:fs/promises';
import { inspect } from 'node:util';
import { type Conversation, parseConversation } from './conversation.ts';

/** The least of a test framework; vitest, jest, mocha and `node:test` have it. */
export interface TestFramework {
  readonly describe: (name: string, body: () => void) => unknown;
  readonly it: (name: string, body: () => Promise<void>) => unknown;
}

/**
 * Reads every `*.json` of a folder, in order of the names.
 * @param folder a `file:` URL
 * @throws TypeError a file is no conversation; the message names it
 */
export async function readConversations(folder: URL): Promise<readonly Conversation[]> {
  const base = new URL(folder.href.endsWith('/') ? folder.href : `${folder.href}/`);
  const names = (await readdir(base)).filter((name) => name.endsWith('.json')).sort();
  return Promise.all(
    names.map(async (name) => {
      const text = await readFile(new URL(encodeURIComponent(name), base), 'utf8');
      return parseConversation(parseJson(text, name), name);
    }),
  );
}

function parseJson(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new TypeError(`${name} is no JSON: ${(cause as Error).message}`, { cause });
  }
}

/** The global `describe` and `it` where a framework has put them, else those of `node:test`. */
export async function findTestFramework(): Promise<TestFramework> {
  const { describe, it } = globalThis as Partial<TestFramework>;
  if (typeof describe === 'function' && typeof it === 'function') return { describe, it };
  return import('node:test');
}

/** Every way in which an error ends up in a log, with all of its causes. */
export function printError(error: unknown): { readonly shown: string; readonly hidden: string } {
  const print = (showHidden: boolean) => inspect(error, { depth: 12, showHidden, maxStringLength: Infinity });
  return { shown: print(false), hidden: print(true) };
}
