/** Text from a person: it is read as UTF-8 without loss, or refused before anything is charged, from every source. */
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { findKeyFault } from '../../../src/apps/cli/batch/key-fault.ts';
import { decodeText } from '../../../src/config/file/decode-text.ts';
import { setProvider } from '../../../src/index.ts';
import { PaidProvider } from '../../manager/support.ts';
import { runsOf } from '../../support/full-size.ts';
import { imagen, temporaryFolder } from './support.ts';

const restores: (() => void)[] = [];
afterEach(() => {
  for (const restore of restores.splice(0)) restore();
});
function watched(): PaidProvider {
  const paid = new PaidProvider();
  restores.push(setProvider('stub', paid));
  return paid;
}

const latin1 = Buffer.from('ein grüner\nF\xfcchs', 'latin1');
const utf16 = (text: string, isBig = false, hasMark = true) => {
  const bytes = Buffer.from(hasMark ? `\ufeff${text}` : text, 'utf16le');
  return isBig ? bytes.swap16() : bytes;
};
const marked = Buffer.from('\ufeffa red fox');

/** Runs the command with these bytes from each source, and returns the prompt that the provider received. */
const sources = {
  async 'standard input'(bytes: Uint8Array, cwd: string) {
    return imagen(['generate', '-', '--provider', 'stub', '--size', '64x64'], { cwd, stdin: bytes });
  },
  async '--variations'(bytes: Uint8Array, cwd: string) {
    await writeFile(join(cwd, 'words.txt'), bytes);
    const args = ['generate', '{{variation}}', '--variations', 'words.txt'];
    return imagen([...args, '--provider', 'stub', '--size', '64x64'], { cwd });
  },
  async 'rows.csv'(bytes: Uint8Array, cwd: string) {
    await writeFile(join(cwd, 'rows.csv'), bytes);
    return imagen(['batch', 'rows.csv', '--provider', 'stub', '--size', '64x64'], { cwd });
  },
  async 'rows.jsonl'(bytes: Uint8Array, cwd: string) {
    await writeFile(join(cwd, 'rows.jsonl'), bytes);
    return imagen(['batch', 'rows.jsonl', '--provider', 'stub', '--size', '64x64'], { cwd });
  },
  async 'standard input of edit'(bytes: Uint8Array, cwd: string) {
    return imagen(['edit', 'fox.png', '-', '--provider', 'stub'], { cwd, stdin: bytes });
  },
} as const;

describe.each(Object.entries(sources))('text from %s', (name, read) => {
  const named = name.split(' of ')[0] ?? name;

  it.each([
    ['Latin-1', latin1, 'line 1 has an invalid character, at byte 6'],
    ['UTF-16 with a mark', utf16('a red fox'), 'it is UTF-16'],
    ['big-endian UTF-16', utf16('a red fox', true), 'it is UTF-16'],
    ['UTF-16 without a mark', utf16('a red fox', false, false), 'it is UTF-16'],
    ['UTF-32', Buffer.from([0xff, 0xfe, 0, 0, 0x61, 0, 0, 0]), 'it is UTF-32'],
    ['a character that is cut', Buffer.from('a fox 🦊').subarray(0, -1), 'line 1 has an invalid character, at byte 6'],
  ])('is refused before the call when it is %s', async (_, bytes, why) => {
    await using folder = await temporaryFolder();
    const paid = watched();
    const { exit, stderr } = await read(bytes, folder.path);
    expect({ exit, bought: paid.bought }).toEqual({ exit: 2, bought: 0 });
    expect(stderr).toContain(named);
    expect(stderr).toContain(`is not UTF-8: ${why}`);
  });
});

describe('a byte order mark', () => {
  it('is removed from the prompt and the first variation', async () => {
    for (const [name, prefix] of [
      ['standard input', ''],
      ['--variations', ''],
      ['rows.csv', 'prompt\n'],
    ] as const) {
      await using folder = await temporaryFolder();
      const paid = watched();
      const prompts: string[] = [];
      const { generate } = paid;
      paid.generate = (request, context) => {
        prompts.push(request.prompt);
        return generate(request, context);
      };
      const bytes = prefix === '' ? marked : Buffer.from(`\ufeff${prefix}a red fox\n`);
      expect(await sources[name](bytes, folder.path)).toMatchObject({ exit: 0 });
      expect(prompts).toEqual(['a red fox']);
    }
  });
});

it('reads variations from a pipe, and refuses an endless device', async () => {
  await using folder = await temporaryFolder();
  watched();
  const fifo = join(folder.path, 'pipe');
  await promisify(execFile)('mkfifo', [fifo]);
  const writing = writeFile(fifo, 'red\nblue\n');
  const args = ['generate', 'a {{variation}} fox', '--variations', 'pipe', '--plan', '--provider', 'stub'];
  const { exit, stdout } = await imagen(args, { cwd: folder.path });
  await writing;
  expect({ exit, rows: stdout.includes('2 rows') }).toEqual({ exit: 0, rows: true });
  const endless = await imagen(args.with(3, '/dev/zero'), { cwd: folder.path });
  expect(endless).toMatchObject({ exit: 2, stderr: expect.stringContaining('it is not a regular file') });
});

describe('decodeText', () => {
  it('accepts UTF-8, and names the position of the first invalid byte', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        const decoded = decodeText(bytes);
        const fatal = () => new TextDecoder('utf-8', { fatal: true }).decode(bytes);
        if (decoded.isText) {
          expect(decoded.text).toBe(fatal());
          return;
        }
        if (/UTF-(?:16|32)/.test(decoded.why)) return;
        expect(fatal).toThrow();
        const at = Number(/at byte (\d+)$/.exec(decoded.why)?.[1]);
        expect(() => new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, at))).not.toThrow();
        // No character begins there, whatever its length.
        for (let length = 1; length <= 4 && at + length <= bytes.length; length++) {
          expect(() => new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(at, at + length))).toThrow();
        }
      }),
      { numRuns: runsOf(5_000) },
    );
  });

  it('accepts every text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 100 }), (text) => {
        if (text.includes('\0')) return;
        const whole = text.toWellFormed();
        expect(decodeText(Buffer.from(whole))).toEqual({ isText: true, text: whole.replace(/^\ufeff/, '') });
      }),
      { numRuns: runsOf(2_000) },
    );
  });
});

describe('two columns with one meaning', () => {
  it.each([
    ['rows.csv', 'prompt,prompt\na fox,a cat\n', 'the column "prompt" appears twice'],
    ['rows.csv', 'prompt,n,count\na fox,1,2\n', '"n" and "count" mean the same'],
    ['rows.csv', 'prompt,model,Model\na fox,x,\n', '"model" and "Model" mean the same'],
    ['rows.csv', 'prompt,aspect-ratio,Aspect Ratio\na fox,1:1,\n', '"aspect-ratio" and "Aspect Ratio" mean the same'],
    ['rows.csv', 'prompt,negative_prompt,negative\na fox,,\n', '"negative_prompt" and "negative" mean the same'],
    ['rows.csv', 'prompt,option.steps,option.steps\na fox,1,2\n', 'the column "option.steps" appears twice'],
    ['rows.csv', 'prompt,option.steps,option\na fox,1,steps=2\n', '--option steps is given twice'],
    ['rows.csv', 'prompt,,\na fox,,lost\n', 'unknown column "column 3"'],
    ['rows.csv', 'prompt,__proto__\na fox,x\n', 'unknown column "__proto__"'],
    ['rows.jsonl', '{"prompt":"a fox","prompt":"a cat"}', 'line 1: the key "prompt" appears twice'],
    ['rows.jsonl', '{"prompt":"a fox","\\u0070rompt":"a cat"}', 'line 1: the key "prompt" appears twice'],
    ['rows.jsonl', '{"prompt":"a fox"}\n{"prompt":"a","n":1,"count":2}', 'line 2: "n" and "count" mean the same'],
    ['rows.jsonl', '{"prompt":"a fox","model":"x","Model":"y"}', '"model" and "Model" mean the same'],
    ['rows.jsonl', '{"prompt":"a fox","inputImages":["a.png"],"input":["b.png"]}', '"inputImages" and "input"'],
    ['rows.jsonl', '{"prompt":"a fox","options":{"steps":1,"steps":2}}', 'the key "steps" appears twice'],
    ['rows.jsonl', '{"prompt":"a fox","options":{"a":[{"b":1,"b":2}]}}', 'the key "b" appears twice'],
    ['rows.jsonl', '{"prompt":"a fox","option":"steps=1","options":{"steps":2}}', 'is in both "option" and "options"'],
    ['rows.jsonl', '{"prompt":"a fox","__proto__":{"n":2}}', 'the key "__proto__" is not allowed'],
  ])('are refused by both names: %s with %j', async (name, text, says) => {
    await using folder = await temporaryFolder();
    const paid = watched();
    await writeFile(join(folder.path, name), text);
    const { exit, stderr } = await imagen(['batch', name, '--provider', 'stub'], { cwd: folder.path });
    expect({ exit, bought: paid.bought }).toEqual({ exit: 2, bought: 0 });
    expect(stderr).toContain(says);
  });

  it('are accepted when one is empty, or when they are in different objects', async () => {
    await using folder = await temporaryFolder();
    watched();
    const csv = 'prompt,n,,\na fox,1,,\n';
    const json = '{"prompt":"a \\"prompt\\": fox, {","n":null,"count":1}\n{"prompt":"n","n":1}\n';
    await writeFile(join(folder.path, 'rows.csv'), csv);
    await writeFile(join(folder.path, 'rows.jsonl'), json);
    for (const name of ['rows.csv', 'rows.jsonl']) {
      const args = ['batch', name, '--provider', 'stub', '--size', '64x64'];
      expect(await imagen(args, { cwd: folder.path })).toMatchObject({ exit: 0 });
    }
  });

  it('refuses --option with one key twice', async () => {
    await using folder = await temporaryFolder();
    const args = ['generate', 'a fox', '--provider', 'stub', '--option', 'steps=1', '--option', 'steps=2'];
    expect(await imagen(args, { cwd: folder.path })).toMatchObject({
      exit: 2,
      stderr: expect.stringContaining('--option steps is given twice'),
    });
  });

  it('finds a repeated key in any JSON, and reports none in JSON without one', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), fc.string(), (value, key) => {
        const json = JSON.stringify(value);
        if (!json.includes('__proto__')) expect(findKeyFault(json)).toBeUndefined();
        const name = JSON.stringify(key);
        const twice = `[${json},{${name}:${json},"x y z":0,${name}:1}]`;
        expect(findKeyFault(twice)).toBeDefined();
      }),
      { numRuns: runsOf(1_000) },
    );
  });
});
