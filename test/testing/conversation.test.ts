/** The format of a fixture file, and the errors that its author gets. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { listChecks, parseConversation } from '../../src/testing/index.ts';
import { conversations, createSmall } from './support/small-vendor.ts';

const good = conversations[0]!;
const parse = (change: object) => () => parseConversation({ ...good, ...change }, 'boat.json');

describe('parseConversation', () => {
  it('accepts a valid conversation unchanged', () => {
    expect(parseConversation(JSON.parse(JSON.stringify(good)), 'boat.json')).toEqual(good);
  });

  it.each([
    [
      'a field that does not exist',
      { kindd: 'success' },
      /boat\.json is not a valid conversation: it: .*unknown field kindd/,
    ],
    ['a kind that does not exist', { kind: 'sucess' }, /kind: /],
    ['a method that does not exist', { call: { method: 'draw', prompt: 'x' } }, /call\.method: /],
    ['neither result nor error', { result: undefined }, /needs either result or error/],
    ['both result and error', { error: { code: 'no_image' } }, /needs either result or error/],
    ['an unknown error code', { result: undefined, kind: 'other', error: { code: 'oops' } }, /error\.code: /],
    ['a success with an error', { result: undefined, error: { code: 'no_image' } }, /success must have a result/],
    [
      'a refusal before the call with an exchange',
      { kind: 'refused-before-call', result: undefined, error: { code: 'unsupported' } },
      /refused-before-call must have no exchanges/,
    ],
    [
      'a wrong key with another result',
      { kind: 'wrong-key', result: undefined, error: { code: 'permission' } },
      /wrong-key must end with the code authentication/,
    ],
    [
      'two bodies in one response',
      { exchanges: [{ ...good.exchanges[0], response: { status: 200, json: {}, text: '' } }] },
      /exchanges\.0\.response: has more than one of json, text, bytes and events/,
    ],
    [
      'a response without a status',
      { exchanges: [{ ...good.exchanges[0], response: { text: '' } }] },
      /needs either status or instead/,
    ],
    [
      'an invalid path',
      { exchanges: [{ ...good.exchanges[0], request: { method: 'POST', path: 'draw' } }] },
      /exchanges\.0\.request\.path: /,
    ],
  ])('names %s', (_, change, message) => {
    expect(parse(change)).toThrow(message);
  });
});

describe('a folder of fixtures', () => {
  async function inFolder(files: Record<string, string>, work: (folder: URL) => Promise<void>) {
    const folder = await mkdtemp(join(tmpdir(), 'conversations-'));
    try {
      for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
      await work(pathToFileURL(folder));
    } finally {
      await rm(folder, { recursive: true });
    }
  }
  const list = (fixtures: URL) => listChecks({ name: 'small', create: createSmall, fixtures });

  it('is read in the order of file names, and other files are ignored', async () => {
    const [first, second] = conversations.map((each) => JSON.stringify(each));

    await inFolder({ 'b.json': first!, 'a.json': second!, 'notes.md': '#' }, async (folder) => {
      expect((await list(folder)).slice(1, 3).map(({ id }) => id)).toEqual([
        'replay: moves a size to the nearest',
        'replay: generates one image',
      ]);
    });
  });

  it('says which file is not JSON', async () => {
    await inFolder({ 'cut.json': '{"title": ' }, async (folder) => {
      await expect(list(folder)).rejects.toThrow(/^cut\.json is not JSON/);
    });
  });

  it('says which file is not a valid conversation', async () => {
    await inFolder({ 'empty.json': '{}' }, async (folder) => {
      await expect(list(folder)).rejects.toThrow(/^empty\.json is not a valid conversation: title: /);
    });
  });
});
