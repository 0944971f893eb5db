/** The Node APIs of the suite: reads recorded files, finds the test runner, and prints errors. */
import { readdir, readFile } from 'node:fs/promises';
import { inspect } from 'node:util';
import { type Conversation, parseConversation } from './conversation.ts';

/** The required part of a test framework; vitest, jest, mocha and `node:test` have it. */
export interface TestFramework {
  readonly describe: (name: string, body: () => void) => unknown;
  readonly it: ((name: string, body: () => Promise<void>) => unknown) & {
    /** Declares a test that the runner reports as skipped. */
    readonly skip?: (name: string, body: () => Promise<void>) => unknown;
  };
}

/** Default settings for all conversations of a folder, for settings that the provider requires, e.g. a project name. */
const SETTINGS = 'settings.json';
/** Fields that requests to some models require, by `model` or `model operation`. */
const NEEDS = 'needs.json';

/** Reads the folder's `settings.json`; returns `{}` when there is none. @throws TypeError it is not JSON */
export const readSettings = (folder: URL): Promise<Facts> => readFacts(folder, SETTINGS);
/** Reads the folder's `needs.json`; returns `{}` when there is none. @throws TypeError it is not JSON */
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
 * Reads every `*.json` of a folder except `settings.json` and `needs.json`, sorted by name.
 * @param folder a `file:` URL
 * @throws TypeError the folder cannot be read, or a file is not a valid conversation; the message names it
 */
export async function readConversations(folder: URL): Promise<readonly Conversation[]> {
  const base = asFolder(folder);
  const all = await readdir(base).catch((cause: NodeJS.ErrnoException) => {
    throw new TypeError(`fixtures: cannot read the folder ${base.href}: ${cause.code ?? cause.message}`, { cause });
  });
  const names = all.filter((name) => name.endsWith('.json') && ![SETTINGS, NEEDS].includes(name)).sort();
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
    throw new TypeError(`${name} is not JSON: ${(cause as Error).message}`, { cause });
  }
}

/** Returns the global `describe` and `it` if a framework defines them, else those of `node:test`. */
export async function findTestFramework(): Promise<TestFramework> {
  const { describe, it } = globalThis as Partial<TestFramework>;
  if (typeof describe === 'function' && typeof it === 'function') return { describe, it };
  return import('node:test');
}

/** Prints an error as logs would show it, with all of its causes. */
export function printError(error: unknown): { readonly shown: string; readonly hidden: string } {
  const print = (showHidden: boolean) => inspect(error, { depth: 12, showHidden, maxStringLength: Infinity });
  return { shown: print(false), hidden: print(true) };
}
