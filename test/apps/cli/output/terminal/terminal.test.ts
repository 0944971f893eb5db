/** imagen in a terminal. The tests use `script` to create one if the system has it. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { createTerminal, withBar } from '../../../../../src/apps/cli/output/terminal/terminal.ts';
import { openVendor, sendJson, WHITE_PNG } from '../../../../providers/kit/support/vendor.ts';
import { bundleImagen } from '../../process-support.ts';
import { imagen, temporaryFolder } from '../../support.ts';

const { main, stop } = await bundleImagen();
afterAll(stop);

/** The `script` of util-linux; others have their arguments in another order. */
function hasTerminal(): boolean {
  try {
    return execFileSync('script', ['--version'], { encoding: 'utf8' }).includes('util-linux');
  } catch {
    return false;
  }
}

function start(args: readonly string[], cwd: string, env: Readonly<Record<string, string>> = {}) {
  const words = [process.execPath, main, ...args].map((word) => `'${word}'`).join(' ');
  const { PATH = '' } = process.env;
  const child = spawn('script', ['-qfec', words, '/dev/null'], {
    cwd,
    env: { PATH, HOME: cwd, TERM: 'xterm-256color', ...env },
  });
  let screen = '';
  child.stdout.on('data', (chunk: Buffer) => {
    screen += chunk.toString();
  });
  const ended = once(child, 'close').then(([exit]) => ({ exit: exit as number, screen }));
  return { child, ended };
}

describe.runIf(hasTerminal())('in a terminal', () => {
  it('a batch shows progress, prints each path on its own line and restores the cursor', async () => {
    await using folder = await temporaryFolder();
    await writeFile(join(folder.path, 'rows.jsonl'), '{"prompt":"a fox"}\n{"prompt":"a cat"}\n');
    const { exit, screen } = await start(
      ['batch', 'rows.jsonl', '--provider', 'stub', '--size', '64x64', '--concurrency', '1'],
      folder.path,
    ).ended;
    expect(exit).toBe(0);
    expect(screen).toContain('1 of 2 ██████████░░░░░░░░░░ 50 %');
    for (const name of ['a-fox.png', 'a-cat.png']) {
      expect(screen).toMatch(new RegExp(`(?:^|\\n|\\u001b\\[[0-9]*[GK])${join(folder.path, name)}\\r\\n`));
    }
    expect(screen.lastIndexOf('\u001b[?25h')).toBeGreaterThan(screen.lastIndexOf('\u001b[?25l'));
  });

  it('I08: Ctrl-C ends a batch, keeps finished images and says how to continue', async () => {
    await using folder = await temporaryFolder();
    let asked = 0;
    const hanging = Promise.withResolvers<void>();
    await using vendor = await openVendor((_, response) => {
      if (++asked === 1) sendJson(response, { data: [{ b64_json: WHITE_PNG.toString('base64') }] });
      else hanging.resolve();
    });
    await writeFile(join(folder.path, 'rows.jsonl'), '{"prompt":"a fox"}\n{"prompt":"a cat"}\n{"prompt":"an owl"}\n');
    const env = { OPENAI_API_KEY: 'sk-canary-0123456789abcdef', OPENAI_BASE_URL: vendor.url };
    const { child, ended } = start(['batch', 'rows.jsonl', '--concurrency', '1'], folder.path, env);
    await Promise.race([hanging.promise, ended]);
    child.stdin.write('\u0003');
    const { exit, screen } = await ended;
    expect(exit).toBe(130);
    expect(screen).toContain(join(folder.path, 'a-fox.png'));
    expect(screen).toContain('2 of 3 rows are not done. To continue, run the same command again.');
    expect(asked).toBe(2);
    expect(screen.lastIndexOf('\u001b[?25h')).toBeGreaterThan(screen.lastIndexOf('\u001b[?25l'));
  });

  it('shows an image if the terminal supports it', async () => {
    await using folder = await temporaryFolder();
    const args = ['generate', 'fox', '--provider', 'stub', '--size', '64x64', '--preview'];
    const { screen } = await start(args, folder.path, { TERM_PROGRAM: 'iTerm.app' }).ended;
    expect(screen).toContain('\u001b]1337;File=inline=1;');
    const inKitty = await start(args, folder.path, { KITTY_WINDOW_ID: '1' }).ended;
    expect(inKitty.screen).toContain('\u001b_Ga=T,f=100');
  });
});

it('without a terminal, prints progress lines for long work only', () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  try {
    const lines: string[] = [];
    const stream = { write: (text: string) => lines.push(text) } as unknown as NodeJS.WritableStream;
    const { startProgress } = createTerminal({ stdout: stream, stderr: stream }, String);
    const progress = startProgress('drawing');
    progress.update('1 of 9', 1 / 9);
    vi.advanceTimersByTime(4_900);
    progress.update('2 of 9', 2 / 9);
    expect(lines).toEqual([]);
    vi.advanceTimersByTime(200);
    progress.update('3 of 9', 3 / 9);
    progress.update('4 of 9', 4 / 9);
    vi.advanceTimersByTime(5_000);
    progress.update('queued');
    vi.advanceTimersByTime(5_000);
    progress.update('queued');
    progress.stop();
    expect(lines).toEqual(['imagen: 3 of 9, 33 %\n', 'imagen: queued\n']);
  } finally {
    vi.useRealTimers();
  }
});

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/;

describe('text from a vendor, a file or an argument', () => {
  it('cannot move the cursor, set the title or reverse text', () => {
    const lines: string[] = [];
    const stream = { write: (text: string) => lines.push(text) } as unknown as NodeJS.WritableStream;
    const terminal = createTerminal({ stdout: stream, stderr: stream }, (text) =>
      text.replaceAll('sk-1', '[redacted]'),
    );
    terminal.notice('a\u001b]0;owned\u0007b\u202etxt.exe\u009b2J sk-1');
    terminal.result('c\rd\n\te');
    expect(lines).toEqual(['imagen: a\ufffd]0;owned\ufffdb\ufffdtxt.exe\ufffd2J [redacted]\n', 'c\ufffdd\n\te\n']);
  });

  it('is escaped in JSON, and a parser reads the same text', () => {
    const lines: string[] = [];
    const stream = { write: (text: string) => lines.push(text) } as unknown as NodeJS.WritableStream;
    const controls = Array.from({ length: 0xa0 }, (_, code) => String.fromCharCode(code)).filter(
      (c) => !/[ -~]/.test(c),
    );
    const marks = [...'\u061c\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069'];
    const value = { [`k${marks.join('')}`]: [...controls, ...marks].join('x'), emoji: '👩‍👩‍👧' };

    createTerminal({ stdout: stream, stderr: stream }, String).document(value);

    const written = lines.join('');
    expect(JSON.parse(written)).toEqual(value);
    expect(written).not.toMatch(CONTROL);
    expect(written).toContain('👩‍👩‍👧');
  });

  it.each([
    ['an unknown flag', ['generate', 'x', '--\u001b]0;owned\u0007']],
    ['an unknown flag with a value', ['generate', 'x', '--colour\u009b2J=\u202etxt']],
    ['an unknown command', ['\u001b[2Jgenerat']],
    ['an unknown command of a command', ['jobs', '\u009b2J']],
    ['help for an unknown command', ['help', '\u001b[2J']],
    ['a value that is not in a closed list', ['generate', 'x', '--format', '\u001b[31mpng']],
    ['an id of a job', ['jobs', 'resume', '\u001b[2Jabcdef']],
    ['a file', ['edit', '\u001b[2J.png', 'x', '--provider', 'stub']],
    ['a provider', ['generate', 'x', '--provider', '\u001b[2J\u202e']],
  ])('in %s is shown without control characters, also in JSON', async (_what, args) => {
    await using folder = await temporaryFolder();
    for (const more of [[], ['--json']]) {
      const { exit, stdout, stderr } = await imagen([...args, ...more], { cwd: folder.path, isTerminal: true });
      expect(exit).not.toBe(0);
      expect(stdout + stderr).not.toMatch(CONTROL);
    }
  });

  it('limits the progress bar for a fraction out of range', () => {
    expect(withBar('x', 7)).toBe(`x ${'█'.repeat(20)} 100 %`);
    expect(withBar('x', Number.NaN)).toBe('x');
    expect(withBar('x', -1)).toBe('x');
  });
});
