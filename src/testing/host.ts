/** What the suite takes from Node: recorded files, the test runner, and the way errors are printed. */
import { readdir, readFile } from 'node:fs/promises';
import { inspect } from 'node:util';
import { type Conversation, parseConversation } from './conversation.ts';

/** The least of a test framework; vitest, jest, mocha and `node:test` have it. */
export interface TestFramework {
  readonly describe: (name: string, body: () => void) => unknown;
  readonly it: (name: string, body: () => Promise<void>) => unknown;
}

/** Settings that every conversation of a folder starts from, where the provider cannot do without, e.g. a project's name. */
const SETTINGS = 'settings.json';
/** What a request to some models cannot do without, by `model` or `model operation`. */
const NEEDS = 'needs.json';

/** @returns what the folder's `settings.json` holds; nothing when there is none. @throws TypeError it is no JSON */
export const readSettings = (folder: URL): Promise<Facts> => readFacts(folder, SETTINGS);
/** @returns what the folder's `needs.json` holds; nothing when there is none. @throws TypeError it is no JSON */
export const readNeeds = (folder: URL): Promise<Facts> => readFacts(folder, NEEDS);

type Facts = Readonly<Record<string, unknown>>;

async function readFacts(folder: URL, name: string): Promise<Facts> {
  const text = await readFile(new URL(name, asFolder(folder)), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '{}';
    throw error;
  });
  return parseJson(text, name) as Facts;
}

const asFolder = ({ href }: URL): URL => new URL(href.endsWith('/') ? href : `${href}/`);

/**
 * Reads every `*.json` of a folder but `settings.json` and `needs.json`, in order of the names.
 * @param folder a `file:` URL
 * @throws TypeError a file is no conversation; the message names it
 */
export async function readConversations(folder: URL): Promise<readonly Conversation[]> {
  const base = asFolder(folder);
  const names = (await readdir(base))
    .filter((name) => name.endsWith('.json') && ![SETTINGS, NEEDS].includes(name))
    .sort();
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
