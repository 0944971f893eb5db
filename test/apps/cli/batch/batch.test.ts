/** imagen batch: checked whole before the first cent, resumable, and nothing is bought twice. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterEach, describe, expect, it } from 'vitest';
import { type MediaProvider, StubProvider, setProvider } from '../../../../src/index.ts';
import { PaidProvider } from '../../../manager/support.ts';
import { imagen, temporaryFolder } from '../support.ts';

const restores: (() => void)[] = [];
const inPlaceOfStub = <T extends MediaProvider>(provider: T): T => {
  restores.push(setProvider('stub', provider));
  return provider;
};
afterEach(() => {
  for (const restore of restores.splice(0)) restore();
});

const batch = (cwd: string, ...args: string[]) =>
  imagen(['batch', ...args, '--provider', 'stub', '--size', '64x64'], { cwd });
const lines = (...rows: object[]) => `${rows.map((row) => JSON.stringify(row)).join('\n')}\n`;

describe('imagen batch', () => {
  it('draws every row of JSON lines; what a row says counts more than the flags', async () => {
    await using folder = await temporaryFolder();
    await writeFile(
      join(folder.path, 'rows.jsonl'),
      lines(
        { prompt: 'a red fox' },
        { prompt: 'a blue {{variation}}', variation: 'owl', size: '96x64' },
        { prompt: 'a cat', n: 2 },
      ),
    );
    const { exit, stdout } = await batch(folder.path, 'rows.jsonl');
    expect(exit).toBe(0);
    const names = ['a-blue-owl.png', 'a-cat-1.png', 'a-cat-2.png', 'a-red-fox.png'];
    expect(stdout.trim().split('\n').sort()).toEqual(names.map((name) => join(folder.path, name)));
    expect((await sharp(join(folder.path, 'a-blue-owl.png')).metadata()).width).toBe(96);
    expect((await sharp(join(folder.path, 'a-red-fox.png')).metadata()).width).toBe(64);
  });

  it('draws every row of CSV, with its options and its own names', async () => {
    await using folder = await temporaryFolder();
    const csv = '\ufeffprompt,seed,Aspect Ratio,out\n"a fox, red\nand ""quick""",7,,fox.webp\na boat,,1:1,boats/\n';
    await writeFile(join(folder.path, 'rows.csv'), csv);
    await mkdir(join(folder.path, 'boats'));
    const { exit, stdout, stderr } = await imagen(['batch', 'rows.csv', '--provider', 'stub'], { cwd: folder.path });
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' });
    expect(stdout.trim().split('\n').sort()).toEqual(
      ['boats/a-boat.png', 'fox.webp'].map((name) => join(folder.path, name)),
    );
    expect((await sharp(join(folder.path, 'fox.webp')).metadata()).format).toBe('webp');
  });

  it('run again, goes on where it stopped: what is done is not bought again, what failed for nothing is', async () => {
    await using folder = await temporaryFolder();
    const rows = [{ prompt: 'a fox' }, { prompt: 'a cat' }, { prompt: 'a fox' }];
    await writeFile(join(folder.path, 'rows.jsonl'), lines(...rows));
    const flaky = inPlaceOfStub(new PaidProvider());
    const { generate } = flaky;
    flaky.generate = (request, context) =>
      request.prompt === 'a cat'
        ? new PaidProvider({ fail: 'unavailable' }).generate(request, context)
        : generate(request, context);
    const first = await batch(folder.path, 'rows.jsonl');
    expect(first.exit).toBe(8);
    expect(first.stderr).toContain('line 2: ');
    expect(first.stderr).toContain('1 of 3 rows are not done; the same command run again goes on');
    expect(first.stdout.trim().split('\n')).toHaveLength(2);
    expect(flaky.bought).toBe(2);

    flaky.generate = generate;
    const second = await batch(folder.path, 'rows.jsonl');
    expect(second.exit).toBe(0);
    expect(second.stderr).toContain('2 of 3 rows were done before');
    expect(second.stdout.trim().split('\n')).toEqual(expect.arrayContaining(first.stdout.trim().split('\n')));
    expect(second.stdout.trim().split('\n')).toHaveLength(3);
    expect(flaky.bought).toBe(3);

    expect((await batch(folder.path, 'rows.jsonl')).exit).toBe(0);
    expect(flaky.bought).toBe(3);
  });

  it('leaves a row alone that may have been charged, until it is told otherwise', async () => {
    await using folder = await temporaryFolder();
    await writeFile(join(folder.path, 'rows.jsonl'), lines({ prompt: 'a fox' }));
    inPlaceOfStub(new StubProvider({ fail: 'outcome_unknown' }));
    expect((await batch(folder.path, 'rows.jsonl')).exit).toBe(7);
    const well = inPlaceOfStub(new PaidProvider());
    const again = await batch(folder.path, 'rows.jsonl');
    expect(again.exit).toBe(7);
    expect(again.stderr).toContain('line 1: it was begun and may have been charged; --redo-doubtful draws it again');
    expect(well.bought).toBe(0);
    expect((await batch(folder.path, 'rows.jsonl', '--redo-doubtful')).exit).toBe(0);
    expect(well.bought).toBe(1);
  });

  it('finds in the store what an earlier run had kept and not written down', async () => {
    await using folder = await temporaryFolder();
    await writeFile(join(folder.path, 'rows.jsonl'), lines({ prompt: 'a fox' }));
    const paid = inPlaceOfStub(new PaidProvider());
    expect((await batch(folder.path, 'rows.jsonl')).exit).toBe(0);
    const journal = join(folder.path, 'rows.jsonl.progress');
    const [started] = (await readFile(journal, 'utf8')).split('\n');
    // As a crash leaves it: in the middle of the line that says that it is done.
    await writeFile(journal, `${started}\n{"row":"`);
    const { exit, stdout } = await batch(folder.path, 'rows.jsonl');
    expect({ exit, bought: paid.bought }).toEqual({ exit: 0, bought: 1 });
    expect((await sharp(stdout.trim()).metadata()).width).toBe(64);
  });

  it('goes no further after a failure that all would share', async () => {
    await using folder = await temporaryFolder();
    await writeFile(
      join(folder.path, 'rows.jsonl'),
      lines(...Array.from({ length: 20 }, (_, at) => ({ prompt: `fox ${at}` }))),
    );
    const broke = inPlaceOfStub(new PaidProvider({ fail: 'quota_exhausted' }));
    const { exit } = await batch(folder.path, 'rows.jsonl', '--concurrency', '2');
    expect({ exit, asked: broke.bought }).toEqual({ exit: 5, asked: 2 });
  });

  it('--json gives one document, with every row', async () => {
    await using folder = await temporaryFolder();
    await writeFile(join(folder.path, 'rows.jsonl'), lines({ prompt: 'a fox' }, { prompt: 'a cat' }));
    const { exit, stdout } = await batch(folder.path, 'rows.jsonl', '--json');
    expect(exit).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      rows: [
        { row: 'line 1', status: 'done', images: [{ width: 64, path: join(folder.path, 'a-fox.png') }] },
        { row: 'line 2', status: 'done', images: [{ path: join(folder.path, 'a-cat.png') }] },
      ],
    });
  });

  it('--plan says what all of it would cost, and draws nothing', async () => {
    await using folder = await temporaryFolder();
    await writeFile(join(folder.path, 'rows.jsonl'), lines({ prompt: 'a fox' }, { prompt: 'a cat', n: 3 }));
    const paid = inPlaceOfStub(new PaidProvider({ estimateUsd: 0.1 }));
    const { exit, stdout } = await batch(folder.path, 'rows.jsonl', '--plan');
    expect(exit).toBe(0);
    expect(stdout).toContain('2 rows, about $0.4');
    expect(paid.bought).toBe(0);
    expect(await readdir(folder.path)).toEqual(['rows.jsonl']);
  });
});

describe('I11: a file with a fault in it buys nothing', () => {
  it('one bad line of 10,000', async () => {
    await using folder = await temporaryFolder();
    const paid = inPlaceOfStub(new PaidProvider());
    const good = Array.from({ length: 9_999 }, (_, at) => ({ prompt: `fox ${at}` }));
    await writeFile(
      join(folder.path, 'rows.jsonl'),
      lines(...good.slice(0, 5_000), { prompt: 'a cat', sise: '1x1' }, ...good.slice(5_000)),
    );
    const { exit, stderr, stdout } = await batch(folder.path, 'rows.jsonl');
    expect({ exit, stdout, bought: paid.bought }).toEqual({ exit: 2, stdout: '', bought: 0 });
    expect(stderr).toContain('1 of 10000 rows cannot be drawn');
    expect(stderr).toContain('line 5001: there is no column "sise". Did you mean size?');
    expect(await readdir(folder.path)).toEqual(['rows.jsonl']);
  });

  it.each([
    ['rows.jsonl', '{"prompt": "a fox"}\n{"prompt": \n', 'line 2: it is no JSON'],
    ['rows.jsonl', '["a fox"]\n', 'line 1: it is no object'],
    ['rows.jsonl', '{"prompt": "a fox"}\n{"seed": 3}\n', 'line 2: the row has no prompt'],
    ['rows.jsonl', '{"prompt": "a fox", "n": 0}\n', 'line 1: --n 0 is not a whole number'],
    ['rows.jsonl', '{"prompt": "a fox", "n": 101}\n', 'line 1: --n 101 is not a whole number'],
    ['rows.jsonl', '{"prompt": "a fox", "size": "64x48x2"}\n', 'line 1: '],
    ['rows.jsonl', '{"prompt": "a fox", "options": {"nobody": 1}}\n', 'line 1: '],
    ['rows.jsonl', '{"prompt": "a fox", "input": "nobody.png"}\n', 'there is no such file'],
    ['rows.jsonl', '{"prompt": "a fox", "variation": "red"}\n', 'its prompt has no {{variation}}'],
    ['rows.jsonl', '{"prompt": "a", "out": "x.png"}\n{"prompt": "b", "out": "x.png"}\n', 'line 1 names'],
    ['rows.jsonl', '{"prompt": "a", "out": "-"}\n', 'standard output takes one picture'],
    ['rows.jsonl', '\n\n', 'rows.jsonl has no rows'],
    ['rows.csv', 'prompt,size\na fox\n', 'rows.csv, line 2'],
    ['rows.csv', 'prompt,colour\na fox,red\n', 'there is no column "colour"'],
    ['rows.txt', 'a fox\n', 'its name says no kind'],
    ['rows.jsonl', Buffer.from([0x7b, 0xff, 0xfe]), 'it is not UTF-8'],
  ])('%s with %j', async (name, text, says) => {
    await using folder = await temporaryFolder();
    const paid = inPlaceOfStub(new PaidProvider());
    await writeFile(join(folder.path, name), text);
    const { exit, stderr } = await batch(folder.path, name);
    expect({ exit, bought: paid.bought }).toEqual({ exit: 2, bought: 0 });
    expect(stderr).toContain(says);
  });

  it('a journal that is not what was written there is not taken for an empty one', async () => {
    await using folder = await temporaryFolder();
    const paid = inPlaceOfStub(new PaidProvider());
    await writeFile(join(folder.path, 'rows.jsonl'), lines({ prompt: 'a fox' }));
    await writeFile(join(folder.path, 'rows.jsonl.progress'), 'garbage\n');
    const { exit, stderr } = await batch(folder.path, 'rows.jsonl');
    expect({ exit, bought: paid.bought }).toEqual({ exit: 2, bought: 0 });
    expect(stderr).toContain('rows.jsonl.progress, line 1: it is not what was written there');
  });
});

it('two at once would buy everything twice: the second is refused', async () => {
  await using folder = await temporaryFolder();
  const paid = inPlaceOfStub(new PaidProvider({ delayMs: 300 }));
  await writeFile(join(folder.path, 'rows.jsonl'), lines({ prompt: 'a fox' }, { prompt: 'a cat' }));
  const ended = await Promise.all([batch(folder.path, 'rows.jsonl'), batch(folder.path, 'rows.jsonl')]);
  expect(ended.map(({ exit }) => exit).sort()).toEqual([0, 2]);
  expect(ended.map(({ stderr }) => stderr).join('')).toContain('another process is drawing these rows');
  expect(paid.bought).toBe(2);
  expect((await readdir(folder.path)).filter((name) => name.endsWith('.lock'))).toEqual([]);
  expect((await batch(folder.path, 'rows.jsonl')).exit).toBe(0);
});

describe('imagen generate with variations', () => {
  const generate = (cwd: string, ...args: string[]) =>
    imagen(['generate', ...args, '--provider', 'stub', '--size', '64x64'], { cwd });

  it('draws each of them, named by what stands in it', async () => {
    await using folder = await temporaryFolder();
    await writeFile(join(folder.path, 'colours.txt'), 'green\n\n  $& and more \n');
    const { exit, stdout } = await generate(
      folder.path,
      ...['a {{variation}} fox', '--variation', 'red', '--variation', 'blue', '--variations', 'colours.txt'],
    );
    expect(exit).toBe(0);
    const names = ['a-and-more-fox.png', 'a-blue-fox.png', 'a-green-fox.png', 'a-red-fox.png'];
    expect(stdout.trim().split('\n').sort()).toEqual(names.map((name) => join(folder.path, name)));
  });

  it('one that fails does not take the others with it', async () => {
    await using folder = await temporaryFolder();
    const paid = inPlaceOfStub(new PaidProvider());
    const { generate: draws } = paid;
    paid.generate = (request, context) =>
      request.prompt.includes('blue')
        ? new PaidProvider({ fail: 'content_refused' }).generate(request, context)
        : draws(request, context);
    const { exit, stdout, stderr } = await generate(
      folder.path,
      ...['a {{variation}} fox', '--variation', 'blue', '--variation', 'red'],
    );
    expect({ exit, stdout }).toEqual({ exit: 8, stdout: `${join(folder.path, 'a-red-fox.png')}\n` });
    expect(stderr).toContain('imagen: blue: ');
  });

  it.each([
    [['a fox', '--variation', 'red'], 'the prompt has no {{variation}}'],
    [['a fox', '--concurrency', '2'], '--concurrency is for several rows'],
    [['a {{variation}} fox', '--variations', 'nobody.txt'], 'there is no such file'],
    [['a {{variation}} fox', '--variation', 'red', '--variation', 'blue', '-o', 'fox.png'], 'names'],
  ])('%j is refused before anything is drawn', async (args, says) => {
    await using folder = await temporaryFolder();
    const paid = inPlaceOfStub(new PaidProvider());
    const { exit, stderr } = await generate(folder.path, ...args);
    expect({ exit, bought: paid.bought }).toEqual({ exit: 2, bought: 0 });
    expect(stderr).toContain(says);
  });
});
