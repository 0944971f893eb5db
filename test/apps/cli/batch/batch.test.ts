/** imagen batch: the whole file is checked before anything is charged, a batch can be resumed, and nothing is charged twice. */
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
  it('generates every row of a JSON Lines file; values of a row override the flags', async () => {
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

  it('generates every row of a CSV file, with its options and file names', async () => {
    await using folder = await temporaryFolder();
    const csv = '\ufeffprompt,seed,Aspect Ratio,out\n"a fox, red\nand ""quick""",7,,fox.webp\na boat,,1:1,boats/\n';
    await writeFile(join(folder.path, 'rows.csv'), csv);
    await mkdir(join(folder.path, 'boats'));
    const { exit, stdout, stderr } = await imagen(['batch', 'rows.csv', '--provider', 'stub'], { cwd: folder.path });
    expect(stderr).toBe('');
    expect(exit).toBe(0);
    expect(stdout.trim().split('\n').sort()).toEqual(
      ['boats/a-boat.png', 'fox.webp'].map((name) => join(folder.path, name)),
    );
    expect((await sharp(join(folder.path, 'fox.webp')).metadata()).format).toBe('webp');
  });

  it('continues when run again: finished rows are skipped, and uncharged failures run again', async () => {
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
    expect(first.stderr).toContain('1 of 3 rows are not done. To continue, run the same command again.');
    expect(first.stdout.trim().split('\n')).toHaveLength(2);
    expect(flaky.bought).toBe(2);

    flaky.generate = generate;
    const second = await batch(folder.path, 'rows.jsonl');
    expect(second.exit).toBe(0);
    expect(second.stderr).toContain('2 of 3 rows were already done');
    expect(second.stdout.trim().split('\n')).toEqual(expect.arrayContaining(first.stdout.trim().split('\n')));
    expect(second.stdout.trim().split('\n')).toHaveLength(3);
    expect(flaky.bought).toBe(3);

    expect((await batch(folder.path, 'rows.jsonl')).exit).toBe(0);
    expect(flaky.bought).toBe(3);
  });

  it('skips a row that may have been charged, until --redo-doubtful', async () => {
    await using folder = await temporaryFolder();
    await writeFile(join(folder.path, 'rows.jsonl'), lines({ prompt: 'a fox' }));
    inPlaceOfStub(new StubProvider({ fail: 'outcome_unknown' }));
    expect((await batch(folder.path, 'rows.jsonl')).exit).toBe(7);
    const well = inPlaceOfStub(new PaidProvider());
    const again = await batch(folder.path, 'rows.jsonl');
    expect(again.exit).toBe(7);
    expect(again.stderr).toContain(
      'line 1: started earlier and may have been charged. To generate it again: --redo-doubtful',
    );
    expect(well.bought).toBe(0);
    expect((await batch(folder.path, 'rows.jsonl', '--redo-doubtful')).exit).toBe(0);
    expect(well.bought).toBe(1);
  });

  it('finds images that an earlier run stored but did not record', async () => {
    await using folder = await temporaryFolder();
    await writeFile(join(folder.path, 'rows.jsonl'), lines({ prompt: 'a fox' }));
    const paid = inPlaceOfStub(new PaidProvider());
    expect((await batch(folder.path, 'rows.jsonl')).exit).toBe(0);
    const journal = join(folder.path, 'rows.jsonl.progress');
    const [started] = (await readFile(journal, 'utf8')).split('\n');
    // A crash can end the file in the middle of the line that records the row as done.
    await writeFile(journal, `${started}\n{"row":"`);
    const { exit, stdout } = await batch(folder.path, 'rows.jsonl');
    expect({ exit, bought: paid.bought }).toEqual({ exit: 0, bought: 1 });
    expect((await sharp(stdout.trim()).metadata()).width).toBe(64);
  });

  it('stops after an error that every row would have', async () => {
    await using folder = await temporaryFolder();
    await writeFile(
      join(folder.path, 'rows.jsonl'),
      lines(...Array.from({ length: 20 }, (_, at) => ({ prompt: `fox ${at}` }))),
    );
    const broke = inPlaceOfStub(new PaidProvider({ fail: 'quota_exhausted' }));
    const { exit } = await batch(folder.path, 'rows.jsonl', '--concurrency', '2');
    expect({ exit, asked: broke.bought }).toEqual({ exit: 5, asked: 2 });
  });

  it('--json writes one document with every row', async () => {
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

  it('--plan shows the total price and generates nothing', async () => {
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

describe('I11: a file with an error generates nothing', () => {
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
    expect(stderr).toContain('1 of 10000 rows are invalid');
    expect(stderr).toContain('line 5001: unknown column "sise". Did you mean size?');
    expect(await readdir(folder.path)).toEqual(['rows.jsonl']);
  });

  it.each([
    ['rows.jsonl', '{"prompt": "a fox"}\n{"prompt": \n', 'line 2: not valid JSON'],
    ['rows.jsonl', '["a fox"]\n', 'line 1: not a JSON object'],
    ['rows.jsonl', '{"prompt": "a fox"}\n{"seed": 3}\n', 'line 2: the row has no prompt'],
    ['rows.jsonl', '{"prompt": "a fox", "n": 0}\n', 'line 1: invalid --n "0"'],
    ['rows.jsonl', '{"prompt": "a fox", "n": 101}\n', 'line 1: invalid --n "101"'],
    ['rows.jsonl', '{"prompt": "a fox", "size": "64x48x2"}\n', 'line 1: '],
    ['rows.jsonl', '{"prompt": "a fox", "options": {"nobody": 1}}\n', 'line 1: '],
    ['rows.jsonl', '{"prompt": "a fox", "input": "nobody.png"}\n', 'no such file'],
    ['rows.jsonl', '{"prompt": "a fox", "variation": "red"}\n', 'its prompt has no {{variation}}'],
    ['rows.jsonl', '{"prompt": "a {{variation}} fox"}\n', 'the row has no variation to replace it'],
    ['rows.jsonl', '{"prompt": "a", "out": "x.png"}\n{"prompt": "b", "out": "x.png"}\n', 'line 1 has the same file'],
    ['rows.jsonl', '{"prompt": "a", "out": "-"}\n', '--out - takes one image'],
    ['rows.jsonl', '\n\n', 'rows.jsonl has no rows'],
    ['rows.csv', 'prompt,size\na fox\n', 'rows.csv, line 2'],
    ['rows.csv', 'prompt,colour\na fox,red\n', 'unknown column "colour"'],
    ['rows.txt', 'a fox\n', 'unknown file extension'],
    ['rows.jsonl', Buffer.from([0x7b, 0xff, 0xfe]), 'it is not UTF-8'],
  ])('%s with %j', async (name, text, says) => {
    await using folder = await temporaryFolder();
    const paid = inPlaceOfStub(new PaidProvider());
    await writeFile(join(folder.path, name), text);
    const { exit, stderr } = await batch(folder.path, name);
    expect({ exit, bought: paid.bought }).toEqual({ exit: 2, bought: 0 });
    expect(stderr).toContain(says);
  });

  it('refuses a damaged journal', async () => {
    await using folder = await temporaryFolder();
    const paid = inPlaceOfStub(new PaidProvider());
    await writeFile(join(folder.path, 'rows.jsonl'), lines({ prompt: 'a fox' }));
    await writeFile(join(folder.path, 'rows.jsonl.progress'), 'garbage\n');
    const { exit, stderr } = await batch(folder.path, 'rows.jsonl');
    expect({ exit, bought: paid.bought }).toEqual({ exit: 11, bought: 0 });
    expect(stderr).toContain('rows.jsonl.progress, line 1: the entry is damaged');
  });
});

it('refuses a second process on the same file', async () => {
  await using folder = await temporaryFolder();
  const paid = inPlaceOfStub(new PaidProvider({ delayMs: 300 }));
  await writeFile(join(folder.path, 'rows.jsonl'), lines({ prompt: 'a fox' }, { prompt: 'a cat' }));
  const ended = await Promise.all([batch(folder.path, 'rows.jsonl'), batch(folder.path, 'rows.jsonl')]);
  expect(ended.map(({ exit }) => exit).sort()).toEqual([0, 11]);
  expect(ended.map(({ stderr }) => stderr).join('')).toContain('another process is using ');
  expect(paid.bought).toBe(2);
  expect((await readdir(folder.path)).filter((name) => name.endsWith('.lock'))).toEqual([]);
  expect((await batch(folder.path, 'rows.jsonl')).exit).toBe(0);
});

it('says why it cannot lock the file', async () => {
  await using folder = await temporaryFolder();
  await writeFile(join(folder.path, 'rows.jsonl'), lines({ prompt: 'a fox' }));
  await mkdir(join(folder.path, 'rows.jsonl.progress.lock'));
  const { exit, stderr } = await batch(folder.path, 'rows.jsonl');
  expect(exit).toBe(11);
  expect(stderr).toContain('rows.jsonl.progress.lock: it is not a regular file');
});

describe('imagen generate with variations', () => {
  const generate = (cwd: string, ...args: string[]) =>
    imagen(['generate', ...args, '--provider', 'stub', '--size', '64x64'], { cwd });

  it('generates each variation and names its file after the final prompt', async () => {
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

  it('continues after a variation that fails', async () => {
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
    [['a {{variation}} fox'], 'there is no variation to replace it'],
    [['a fox', '--concurrency', '2'], '--concurrency needs variations'],
    [['a {{variation}} fox', '--variations', 'nobody.txt'], 'no such file'],
    [['a {{variation}} fox', '--variation', 'red', '--variation', 'blue', '-o', 'fox.png'], 'has the same file'],
  ])('%j is refused before anything is generated', async (args, says) => {
    await using folder = await temporaryFolder();
    const paid = inPlaceOfStub(new PaidProvider());
    const { exit, stderr } = await generate(folder.path, ...args);
    expect({ exit, bought: paid.bought }).toEqual({ exit: 2, bought: 0 });
    expect(stderr).toContain(says);
  });
});
