/** Flags of imagen serve: mistakes, new tokens and the systemd unit. Nothing here listens. */
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { accessText } from '../../../../src/apps/cli/serve/access-text.ts';
import { hostNames } from '../../../../src/apps/cli/serve/host-names.ts';
import { readPlace } from '../../../../src/apps/cli/serve/serve-flags.ts';
import { faultOf, isLoopback, makeToken } from '../../../../src/apps/cli/serve/serve-tokens.ts';
import { checkConfig } from '../../../../src/config/check-config.ts';
import { imagen, temporaryFolder } from '../support.ts';

async function serve(...args: readonly string[]) {
  await using folder = await temporaryFolder();
  return imagen(['serve', ...args], { cwd: folder.path, env: { AI_IMAGE_PROVIDER: 'stub', HOME: folder.path } });
}

describe('imagen serve', () => {
  it.each([
    [['--port', '70000'], 'invalid --port "70000"'],
    [['--port', 'http'], 'invalid --port "http"'],
    [['--host', ''], 'invalid --host ""'],
    [['--host', 'http://a'], 'invalid --host "http://a"'],
    [['--socket', 'a.sock', '--port', '1'], '--socket and --port cannot be used together'],
    [['--socket', 'a.sock', '--open'], '--open and --socket cannot be used together'],
    [['--socket', ''], 'invalid --socket ""'],
    [['--socket', 'a'.repeat(108)], 'the path of --socket is too long'],
    [['--port', 'http'], 'for example --port 4242'],
    [['--user'], '--user needs --print-unit'],
    [['--print-unit', '--open'], '--print-unit and --open cannot be used together'],
    [['--print-unit'], 'a service needs a token that stays the same'],
    [['--new-token', 'a b'], 'invalid --new-token "a b"'],
    [['--no-store'], 'there is no store'],
  ])('2: refuses %j', async (args, wanted) => {
    const { exit, stdout, stderr } = await serve(...args);
    expect({ exit, stdout, isNamed: stderr.includes(wanted) }, stderr).toEqual({ exit: 2, stdout: '', isNamed: true });
  });

  it('2: does not repeat a token that is given in place of the name of a variable', async () => {
    const { exit, stdout, stderr } = await serve('--token-env', 'c0ffee-0123456789c0ffee0123456789');
    expect([exit, stdout, stderr.includes('c0ffee')]).toEqual([2, '', false]);
    expect(stderr).toContain('--token-env needs the name of an environment variable');
  });

  it('3: needs a key, like a worker', async () => {
    await using folder = await temporaryFolder();
    const { exit, stderr } = await imagen(['serve', '--port', '0'], { cwd: folder.path, env: { HOME: folder.path } });
    expect(exit).toBe(3);
    expect(stderr).toContain('no API key is set, so the server can generate nothing');
  });
});

describe('imagen serve --new-token', () => {
  it('prints the token once on standard output, and the lines for the configuration on standard error', async () => {
    const { exit, stdout, stderr } = await serve('--new-token', 'ada');
    const token = stdout.trimEnd();
    expect([exit, /^imagen_[\w-]{43}$/.test(token), stderr.includes(token)]).toEqual([0, true, false]);
    const lines = stderr.split('\n').filter((line) => !line.startsWith('imagen:'));
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'imagen.yaml');
    await writeFile(path, lines.join('\n'));
    const found = await checkConfig({ path, env: {} });
    const sha256 = createHash('sha256').update(token).digest('hex');
    expect(found.isValid && found.config.serve?.tokens).toEqual([{ name: 'ada', sha256 }]);
  });

  it('quotes a name that YAML would read as a number', async () => {
    expect((await serve('--new-token', '7')).stderr).toContain('- name: "7"\n');
  });

  it('with --json prints one document', async () => {
    const document = JSON.parse((await serve('--new-token', 'ada', '--json')).stdout) as Record<string, string>;
    expect(Object.keys(document)).toEqual(['name', 'token', 'sha256']);
  });
});

describe('imagen serve --print-unit', () => {
  it('prints a unit with the flags that were given, and what to do with it', async () => {
    const flags = ['--host', '0.0.0.0', '--port', '8080', '--token-env', 'MY_TOKEN', '--queue'];
    const { exit, stdout, stderr } = await serve('--print-unit', ...flags);
    expect(exit).toBe(0);
    expect(stdout).toContain('Description=imagen serve\n');
    expect(stdout).toContain(` serve ${flags.join(' ')}\n`);
    expect(stdout).toContain('EnvironmentFile=-/etc/imagen/serve.env\n');
    expect(stderr).toContain('/etc/systemd/system/imagen-serve.service');
    expect(stderr).toContain('enable --now imagen-serve');
  });

  it('lets the unit write to the directory of its socket', async () => {
    const { stdout } = await serve('--print-unit', '--socket', '/run/imagen/a.sock', '--token-env', 'MY_TOKEN');
    expect(stdout).toMatch(/^ReadWritePaths=.*\/run\/imagen( |$)/m);
  });
});

describe('a token', () => {
  it.each([
    ['c0ffee0123456789c0ffee0123456789', undefined],
    ['AbCdEfGhIjKlMnOpQrStU_', undefined],
    [makeToken(), undefined],
    ['c0ffee0123456789c0ffee012345678', 'too easy'],
    ['01'.repeat(100), 'too easy'],
    ['1234567890123456789012345678901234567', 'too easy'],
    ['pässword-pässword-pässword-pässword', 'characters'],
  ])('%j: %s', (token, wanted) => {
    if (wanted === undefined) expect(faultOf(token)).toBeUndefined();
    else expect(faultOf(token)).toContain(wanted);
  });
});

it.each([
  ['127.0.0.1', true],
  ['127.1.2.3', true],
  ['localhost', true],
  ['::1', true],
  ['[::1]', true],
  ['0.0.0.0', false],
  ['0', false],
  ['::', false],
  ['127.0.0.1.evil.example', false],
  ['192.168.1.5', false],
])('%s is an address of this machine only: %s', (host, wanted) => {
  expect(isLoopback(host)).toBe(wanted);
});

it('an address of version 6 may have brackets, as in a web address', () => {
  expect([readPlace({ host: '[::1]' }).host, readPlace({}, { host: '[::1]' }).host]).toEqual(['::1', '::1']);
  expect(readPlace({ host: '192.168.1.5' }).host).toBe('192.168.1.5');
});

it('clients may address a server by its configured names and by the address that it listens on', () => {
  const config = { hosts: ['Images.example.com'], publicUrl: 'https://public.example.com/images' };
  expect(hostNames('192.168.1.5', config)).toEqual(['images.example.com', 'public.example.com', '192.168.1.5']);
  expect(hostNames('fd00::5', {})).toEqual(['[fd00::5]']);
});

it.each(['0.0.0.0', '::', '[::]', '0'])('a server on all addresses, %s, has every name of this machine', (host) => {
  const own = host.includes(':') ? '[::]' : '0.0.0.0';
  // Its own line and its file say this name.
  expect(hostNames(host, {})).toEqual(expect.arrayContaining([own, hostname().toLowerCase(), '127.0.0.1']));
});

it('a line of the access log has the facts in a fixed order', () => {
  const line = {
    at: '2026-11-30T07:30:05.123Z',
    requestId: 'req_1',
    method: 'POST',
    path: '/v1/images/generations',
    status: 200,
    durationMs: 15_812,
    bytes: 2_100_000,
  };
  expect(accessText({ ...line, token: 'ada' })).toBe(
    '07:30:05Z  ada  POST /v1/images/generations  200  15.8 s  2.1 MB  req_1',
  );
  expect(accessText({ ...line, status: 401, durationMs: 3.4, bytes: 120, code: 'invalid_api_key' })).toBe(
    '07:30:05Z  -  POST /v1/images/generations  401  3 ms  120 B  req_1  invalid_api_key',
  );
});
