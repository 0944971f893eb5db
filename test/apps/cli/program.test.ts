import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterEach, describe, expect, it } from 'vitest';
import { EXIT_CODES, exitOf } from '../../../src/apps/cli/exit-codes.ts';
import { StubProvider, setProvider } from '../../../src/index.ts';
import { type AiImageErrorCode, ERROR_CODES, ERROR_RULES } from '../../../src/providers/protocol/index.ts';
import { readMark } from '../../../src/store/index.ts';
import { openVendor, sendJson, type Vendor, WHITE_PNG } from '../../providers/kit/support/vendor.ts';
import { startStopwatch } from '../../support/stopwatch.ts';
import { homeFolder, imagen, temporaryFolder } from './support.ts';

const KEY = 'sk-canary-0123456789abcdef';
const small = ['--size', '64x48'];
const restores: (() => void)[] = [];
const inPlaceOfStub = (provider: Parameters<typeof setProvider>[1]) => restores.push(setProvider('stub', provider));
afterEach(() => {
  for (const restore of restores.splice(0)) restore();
});

const openOpenAI = (answer?: Parameters<typeof openVendor>[0]) =>
  openVendor(
    answer ??
      ((_, response) =>
        sendJson(response, {
          data: [{ b64_json: WHITE_PNG.toString('base64') }],
          usage: { input_tokens: 10, output_tokens: 200, total_tokens: 210 },
        })),
  );
const settingsOf = ({ url }: Vendor) => ({ OPENAI_API_KEY: KEY, OPENAI_BASE_URL: url });

describe('imagen generate', () => {
  it('prints the path on standard output and nothing else', async () => {
    await using folder = await temporaryFolder();
    const { exit, stdout, stderr } = await imagen(['generate', 'a', 'red', 'fox', ...small], { cwd: folder.path });
    expect({ exit, stdout }).toEqual({ exit: 0, stdout: `${join(folder.path, 'a-red-fox.png')}\n` });
    expect(stderr).toContain('no API key is set, so the stub provider generates this image offline');
    expect(await sharp(join(folder.path, 'a-red-fox.png')).metadata()).toMatchObject({
      format: 'png',
      width: 64,
      height: 48,
    });
    expect(await readdir(folder.path)).toEqual(['a-red-fox.png']);
  });

  it('writes nothing to standard error when a provider is named', async () => {
    await using folder = await temporaryFolder();
    const { exit, stderr } = await imagen(['generate', 'fox', '--provider', 'stub', ...small], { cwd: folder.path });
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' });
  });

  it('calls a vendor over the network and prints the cost', async () => {
    await using folder = await temporaryFolder();
    await using vendor = await openOpenAI();
    const { exit, stdout, stderr } = await imagen(['generate', 'a red fox', '-o', 'fox.png'], {
      cwd: folder.path,
      env: settingsOf(vendor),
    });
    expect({ exit, stdout }).toEqual({ exit: 0, stdout: `${join(folder.path, 'fox.png')}\n` });
    const saved = new Uint8Array(await readFile(join(folder.path, 'fox.png')));
    expect(await sharp(saved).raw().toBuffer()).toEqual(await sharp(WHITE_PNG).raw().toBuffer());
    expect(await readMark(saved)).toMatchObject({ mark: { isOurs: true, digitalSource: 'trainedAlgorithmicMedia' } });
    expect(JSON.parse(vendor.received[0]!.body)).toMatchObject({ prompt: 'a red fox', output_format: 'png' });
    expect(vendor.received[0]!.headers.authorization).toBe(`Bearer ${KEY}`);
    expect(stderr).toMatch(/^imagen: openai gpt-image-[^ ]+, about \$0\.\d{3}\nimagen: cost \$0\.\d+ \(estimated\)\n$/);
  });

  it('numbers several images, and skips names that are taken', async () => {
    await using folder = await temporaryFolder();
    await writeFile(join(folder.path, 'fox-2.png'), 'older');
    const { stdout } = await imagen(['generate', 'fox', '--n', '3', '--seed', '5', ...small], { cwd: folder.path });
    expect(stdout.trim().split('\n')).toEqual(
      ['fox-1.png', 'fox-2-2.png', 'fox-3.png'].map((name) => join(folder.path, name)),
    );
    expect(await readFile(join(folder.path, 'fox-2.png'), 'utf8')).toBe('older');
  });

  it.each([
    ['fox.webp', 'webp'],
    ['fox.JPG', 'jpeg'],
    ['fox.png', 'png'],
  ])('-o %s requests that format', async (out, format) => {
    await using folder = await temporaryFolder();
    const { exit } = await imagen(['generate', 'fox', '-o', out, ...small], { cwd: folder.path });
    expect(exit).toBe(0);
    expect((await sharp(await readFile(join(folder.path, out))).metadata()).format).toBe(format);
  });

  it('--format jpg means jpeg', async () => {
    await using folder = await temporaryFolder();
    const { stdout } = await imagen(['generate', 'fox', '--format', 'jpg', ...small], { cwd: folder.path });
    expect(stdout).toBe(`${join(folder.path, 'fox.jpg')}\n`);
  });

  it('-o - writes the image bytes to standard output', async () => {
    await using folder = await temporaryFolder();
    const { exit, stdoutBytes } = await imagen(['generate', 'fox', '-o', '-', ...small], { cwd: folder.path });
    expect(exit).toBe(0);
    expect(await sharp(stdoutBytes).metadata()).toMatchObject({ format: 'png', width: 64 });
    expect(await readdir(folder.path)).toEqual([]);
  });

  it('I01: imagen generate treats everything after -- as the prompt', async () => {
    await using folder = await temporaryFolder();
    const { stdout } = await imagen(['generate', ...small, '--', '--out=/etc/x'], { cwd: folder.path });
    expect(stdout).toBe(`${join(folder.path, 'out-etc-x.png')}\n`);
  });
});

describe('requests refused before the call', () => {
  it.each([
    [['--n', '1e9'], 'invalid --n "1e9"'],
    [['--n', '-1'], 'invalid --n "-1"'],
    [['--n', '0'], 'invalid --n "0"'],
    [['--n', '101'], 'Use a whole number from 1 to 100'],
    [['--n', 'four'], 'invalid --n "four"'],
    [['--seed', '-1'], 'invalid --seed "-1"'],
    [['--seed', '1.5'], 'invalid --seed "1.5"'],
    [['--seed', '5'], 'has no seed'],
    [['--size', '99999x99999'], 'size 99999x99999'],
    [['--size', 'huge'], 'invalid --size "huge"'],
    [['--size', '1024'], 'Use WIDTHxHEIGHT (for example 1024x1024), square, landscape or portrait.'],
    [['--format', 'png/../../x'], 'invalid --format "png/../../x"'],
    [['--format', 'webp', '-o', 'fox.png'], 'differ'],
    [['-o', 'there.png'], 'already exists'],
    [['-o', 'fox.txt'], 'has no known image extension'],
    [['-o', '-', '--n', '2'], '--out - takes one image'],
    [['--colour', 'red'], "unknown option '--colour'"],
  ])('I07, I04: %j ends with exit code 2 and no request', async (flags, message) => {
    await using folder = await temporaryFolder();
    await using vendor = await openOpenAI();
    await writeFile(join(folder.path, 'there.png'), 'older');
    const { exit, stdout, stderr } = await imagen(['generate', 'fox', ...flags], {
      cwd: folder.path,
      env: settingsOf(vendor),
    });
    expect({ exit, stdout }).toEqual({ exit: EXIT_CODES.usage.code, stdout: '' });
    expect(stderr).toContain(message);
    expect(vendor.received).toEqual([]);
    expect(await readdir(folder.path)).toEqual(['there.png']);
    expect(await readFile(join(folder.path, 'there.png'), 'utf8')).toBe('older');
  });

  it('refuses a retired model and names its successor', async () => {
    await using folder = await temporaryFolder();
    const { exit, stdout, stderr } = await imagen(['generate', 'fox', '--model', 'dall-e-3'], {
      cwd: folder.path,
      env: { OPENAI_API_KEY: 'sk-retired-0123456789' },
    });
    expect({ exit, stdout }).toEqual({ exit: EXIT_CODES.usage.code, stdout: '' });
    expect(stderr).toContain('model dall-e-3 was shut down');
    expect(stderr).toContain('Use gpt-image-2.6-flare.');
  });

  it('I06: suggests the right flag or command for a misspelt one', async () => {
    await using folder = await temporaryFolder();
    const flag = await imagen(['generate', 'fox', '--sise', '1x1'], { cwd: folder.path });
    expect(flag).toMatchObject({ exit: 2, stdout: '' });
    expect(flag.stderr).toContain('Did you mean --size?');
    const command = await imagen(['genrate', 'fox'], { cwd: folder.path });
    expect(command.exit).toBe(2);
    expect(command.stderr).toContain('Did you mean generate?');
  });

  it('refuses a missing prompt, a blank prompt, and no command at all', async () => {
    await using folder = await temporaryFolder();
    for (const args of [['generate'], ['generate', ' '], []])
      expect((await imagen(args, { cwd: folder.path })).exit).toBe(2);
  });

  it('F15: imagen does not print image bytes to a terminal', async () => {
    await using folder = await temporaryFolder();
    const { exit, stderr } = await imagen(['generate', 'fox', '-o', '-'], { cwd: folder.path, isTerminal: true });
    expect(exit).toBe(2);
    expect(stderr).toContain('would print image bytes to the terminal');
  });

  it('K14: imagen refuses a key on the command line and does not repeat it', async () => {
    await using folder = await temporaryFolder();
    for (const flag of [['--api-key', KEY], [`--api-key=${KEY}`], [`--token=${KEY}`]]) {
      const { exit, stdout, stderr } = await imagen(['generate', 'fox', ...flag], { cwd: folder.path });
      expect(exit).toBe(2);
      expect(`${stdout}${stderr}`).not.toContain('canary');
      expect(stderr).toContain('Set keys in the environment');
    }
  });
});

describe('exit codes', () => {
  it.each(ERROR_CODES)('an error with code %s ends with the exit code of its meaning', async (fail) => {
    await using folder = await temporaryFolder();
    inPlaceOfStub(new StubProvider({ fail }));
    const { exit, stdout, stderr } = await imagen(['generate', 'fox', ...small], { cwd: folder.path });
    expect({ exit, stdout }).toEqual({ exit: EXIT_CODES[exitOf(fail)].code, stdout: '' });
    expect(stderr).toContain(`configured to fail with ${fail} (HTTP 400) (${fail})`);
    expect(stderr.includes('It may have been charged.')).toBe(ERROR_RULES[fail].charged !== 'no');
    expect(await readdir(folder.path)).toEqual([]);
  });

  it.each<[AiImageErrorCode, number, Parameters<typeof openVendor>[0]]>([
    ['authentication', 3, (_, response) => sendJson(response, { error: { message: `Incorrect key ${KEY}` } }, 401)],
    [
      'content_refused',
      4,
      (_, response) => sendJson(response, { error: { message: 'no', code: 'moderation_blocked' } }, 400),
    ],
    ['bad_response', 7, (_, response) => sendJson(response, { data: [] })],
    [
      'quota_exhausted',
      5,
      (_, response) => sendJson(response, { error: { message: 'pay', code: 'insufficient_quota' } }, 429),
    ],
    [
      'rate_limited',
      6,
      (_, response) => sendJson(response, { error: { message: 'later' } }, 429, { 'retry-after': '3600' }),
    ],
    ['outcome_unknown', 7, (_, response) => sendJson(response, { error: { message: 'oops' } }, 500)],
    ['bad_response', 7, (_, response) => sendJson(response, { data: [{ b64_json: 'bm90IGEgcGljdHVyZQ==' }] })],
  ])('a vendor response of %s ends with exit code %i after one request', async (code, exit, answer) => {
    await using folder = await temporaryFolder();
    await using vendor = await openOpenAI(answer);
    const ended = await imagen(['generate', 'fox'], { cwd: folder.path, env: settingsOf(vendor) });
    expect(ended).toMatchObject({ exit, stdout: '' });
    expect(ended.stderr).toContain(`(${code})`);
    expect(vendor.received).toHaveLength(1);
  });

  it('3: the provider has no key', async () => {
    await using folder = await temporaryFolder();
    const { exit, stderr } = await imagen(['generate', 'fox', '--provider', 'openai'], { cwd: folder.path });
    expect(exit).toBe(3);
    expect(stderr).toContain('Set OPENAI_API_KEY');
    const unknown = await imagen(['generate', 'fox', '--provider', 'opnai'], { cwd: folder.path });
    expect(unknown).toMatchObject({ exit: 3 });
    expect(unknown.stderr).toContain('Did you mean openai?');
  });

  it('8: some images were saved, others failed', async () => {
    await using folder = await temporaryFolder();
    inPlaceOfStub(new StubProvider({ refuse: [1] }));
    const { exit, stdout, stderr } = await imagen(['generate', 'fox', '--n', '3', ...small], { cwd: folder.path });
    expect(exit).toBe(8);
    expect(stdout.trim().split('\n')).toHaveLength(2);
    expect(stderr).toContain('(content_refused)');
    expect(await readdir(folder.path)).toHaveLength(2);
  });

  it('9, U02: the directory disappears during the call: the image is saved elsewhere and its path printed', async () => {
    await using folder = await temporaryFolder();
    const place = join(folder.path, 'gone');
    const stub = new StubProvider();
    inPlaceOfStub({
      async generateImage(prompt, params) {
        await rm(place, { recursive: true });
        return stub.generateImage(prompt, params);
      },
    });
    const { exit, stdout, stderr } = await imagen(['generate', 'fox', '-o', 'gone/fox.png', ...small], {
      cwd: folder.path,
    });
    expect(exit).toBe(9);
    expect(stderr).toMatch(/could not save .*gone\/fox\.png: no such file or directory \(ENOENT\); saved to/);
    expect((await sharp(await readFile(stdout.trim())).metadata()).width).toBe(64);
    await rm(join(stdout.trim(), '..'), { recursive: true });
  });

  it('9, F10: another process takes the file name during the call: its file is not overwritten', async () => {
    await using folder = await temporaryFolder();
    const stub = new StubProvider();
    inPlaceOfStub({
      async generateImage(prompt, params) {
        await writeFile(join(folder.path, 'fox.png'), 'theirs');
        return stub.generateImage(prompt, params);
      },
    });
    const { exit, stdout } = await imagen(['generate', 'fox', '-o', 'fox.png', ...small], { cwd: folder.path });
    expect(exit).toBe(9);
    expect(await readFile(join(folder.path, 'fox.png'), 'utf8')).toBe('theirs');
    await rm(join(stdout.trim(), '..'), { recursive: true });
  });

  it.each([
    ['in the store', []],
    ['among the temporary files', ['--no-store']],
  ])('9, I10: standard output closes: the image is saved %s', async (where, flags) => {
    await using folder = await temporaryFolder();
    const args = ['generate', 'fox', '-o', '-', ...small, ...flags];
    const { exit, stderr } = await imagen(args, { cwd: folder.path, isClosed: true });
    expect(exit).toBe(9);
    const path = /saved to (.+fox.*\.png) instead\n/.exec(stderr)?.[1] ?? '';
    expect(path.startsWith(homeFolder())).toBe(where === 'in the store');
    expect((await sharp(await readFile(path)).metadata()).width).toBe(64);
    if (where !== 'in the store') await rm(join(path, '..'), { recursive: true });
  });

  it('130: interrupted', async () => {
    await using folder = await temporaryFolder();
    const stopping = new AbortController();
    inPlaceOfStub(new StubProvider({ delayMs: 60_000 }));
    setTimeout(() => stopping.abort(), 20);
    const elapsedMs = startStopwatch();
    const { exit, stderr } = await imagen(['generate', 'fox', ...small], { cwd: folder.path, signal: stopping.signal });
    expect(exit).toBe(130);
    expect(stderr).toContain('(aborted)');
    expect(elapsedMs()).toBeLessThan(1000);
  });

  it('0: help and version', async () => {
    await using folder = await temporaryFolder();
    const help = await imagen(['generate', '--help'], { cwd: folder.path });
    expect(help).toMatchObject({ exit: 0, stderr: '' });
    for (const { code, meaning } of Object.values(EXIT_CODES)) expect(help.stdout).toContain(`${code}  ${meaning}`);
    expect(await imagen(['--version'], { cwd: folder.path })).toMatchObject({ exit: 0, stdout: '1.2.3\n' });
  });
});

describe('K10: secrets', () => {
  it('a key that the vendor repeats reaches neither stream, in any encoding', async () => {
    const spellings = [KEY, encodeURIComponent(KEY), Buffer.from(KEY).toString('base64')];
    for (const status of [400, 401, 403, 500]) {
      await using folder = await temporaryFolder();
      await using vendor = await openOpenAI((_, response) =>
        sendJson(response, { error: { message: spellings.join(' ') } }, status, { 'x-request-id': KEY }),
      );
      const { stdout, stderr } = await imagen(['generate', 'fox'], { cwd: folder.path, env: settingsOf(vendor) });
      expect(vendor.received).toHaveLength(1);
      for (const spelling of spellings) expect(stdout + stderr).not.toContain(spelling);
    }
  });

  it('a key in the prompt or in a flag does not reach standard error', async () => {
    await using folder = await temporaryFolder();
    const env = { OPENAI_API_KEY: KEY };
    for (const args of [
      ['generate', 'fox', '--model', KEY, '--provider', 'stub', '--n', '0'],
      ['generate', 'fox', '--size', KEY],
      ['generate', 'fox', '--provider', KEY],
      [KEY],
    ]) {
      const { exit, stderr } = await imagen(args, { cwd: folder.path, env });
      expect(exit).not.toBe(0);
      expect(stderr).not.toContain('canary');
    }
  });

  it('no error contains the prompt', async () => {
    await using folder = await temporaryFolder();
    await using vendor = await openOpenAI(({ body }, response) =>
      sendJson(response, { error: { message: `cannot draw ${body}` } }, 400),
    );
    const { stderr } = await imagen(['generate', 'my secret birthday cake'], {
      cwd: folder.path,
      env: settingsOf(vendor),
    });
    expect(stderr).toContain('cannot draw');
    expect(stderr).not.toContain('birthday');
  });
});

describe('--provider', () => {
  it('accepts aliases', async () => {
    await using folder = await temporaryFolder();
    const { exit, stdout } = await imagen(['generate', 'fox', '--plan', '--provider', 'grok'], {
      cwd: folder.path,
      env: { XAI_API_KEY: 'xai-not-used-for-a-plan' },
    });
    expect({ exit, first: stdout.split(' ')[0] }).toEqual({ exit: 0, first: 'xai' });
  });
});

describe('a store that cannot be used', () => {
  it('an unusable store in the default directory: generates the image anyway, with a note', async () => {
    await using folder = await temporaryFolder();
    const HOME = join(folder.path, 'home');
    await writeFile(HOME, 'no directory');
    const args = ['generate', 'fox', '--provider', 'stub', '-o', 'fox.png', ...small];
    const { exit, stderr } = await imagen(args, { cwd: folder.path, env: { HOME } });
    expect(exit).toBe(0);
    expect(stderr).toContain('the image is not stored: the store at');
  });

  it('an unusable store with a budget: generates nothing, because the ledger is needed', async () => {
    await using folder = await temporaryFolder();
    const HOME = join(folder.path, 'home');
    await writeFile(HOME, 'no directory');
    await writeFile(join(folder.path, 'money.yaml'), 'backends: { stub: }\nbudget: { per_day_usd: 1 }\n');
    const args = ['generate', 'fox', '-o', 'fox.png', ...small, '--config', 'money.yaml'];
    const { exit, stderr } = await imagen(args, { cwd: folder.path, env: { HOME } });
    expect(exit).toBe(3);
    expect(stderr).toContain('(not_configured)');
    expect(await readdir(folder.path)).not.toContain('fox.png');
  });
});

describe('invalid use', () => {
  it.each(['__proto__.x=1', '__proto__=1', 'constructor.prototype.x=1', 'prototype=1', '=1', 'steps'])(
    'I05: --option %s is refused',
    async (pair) => {
      await using folder = await temporaryFolder();
      const args = ['generate', 'fox', '--provider', 'stub', '--option', pair, ...small];
      const { exit, stderr } = await imagen(args, { cwd: folder.path });
      expect(exit).toBe(2);
      expect(stderr).toContain('Use key=value');
      expect(({} as { x?: unknown }).x).toBeUndefined();
    },
  );

  it.each([
    [['generate', 'fox', '--size', '0x0'], 2, 'invalid_request'],
    [['generate', 'fox', '--n', '1e9'], 2, 'invalid_request'],
    [['generate', 'fox', '-o', '-'], 2, 'invalid_request'],
    [['generate', 'fox', '--sise', '64x64'], 2, 'invalid_request'],
    [['generate', 'fox', '--provider', 'openai'], 3, 'not_configured'],
    [['generate', 'fox', '--config', 'nobody.yaml'], 3, 'not_configured'],
    [['generate', ' '], 2, 'invalid_request'],
    [['history', 'show', 'deadbeef'], 2, 'invalid_request'],
    [['nobody'], 2, 'invalid_request'],
  ])('I09: %j --json writes the error as one document', async (args, code, error) => {
    await using folder = await temporaryFolder();
    const { exit, stdout } = await imagen([...args, '--json'], { cwd: folder.path });
    expect(exit).toBe(code);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: error, message: expect.any(String) } });
  });
});
