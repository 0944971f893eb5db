/** imagen serve as a process: the line it prints, tokens, addresses, signals and files. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readdir, readFile, realpath, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { until } from '../../../faults/hostile-server.ts';
import { FARM, openJobVendor } from '../job-vendor.ts';
import { bundleImagen, type Started } from '../process-support.ts';
import { temporaryFolder } from '../support.ts';

/** A broken test ends after this. */
const LIMIT_MS = 20_000;
const STUB = { AI_IMAGE_PROVIDER: 'stub' };
const TOKEN = 'c0ffee0123456789c0ffee0123456789';

const { start, stop } = await bundleImagen();
const servers: Started[] = [];
afterAll(async () => {
  for (const { child } of servers) child.kill('SIGKILL');
  await Promise.all(servers.map(({ ended }) => ended));
  await stop();
});

async function openPlace() {
  const folder = await temporaryFolder();
  const store = join(folder.path, 'store');
  const serve = (args: readonly string[], env: Readonly<Record<string, string>> = STUB) => {
    const started = start(['serve', ...args, '--store', store], folder.path, env);
    servers.push(started);
    return started;
  };
  /** Writes a configuration. @returns the flags that name it */
  const configure = async (text: string) => {
    const path = join(folder.path, 'imagen.yaml');
    await writeFile(path, text);
    return ['--config', path] as const;
  };
  return { serve, configure, path: folder.path, store, [Symbol.asyncDispose]: folder[Symbol.asyncDispose] };
}

/** Waits for the first line of standard output. A process that ends without one fails the test with what it said. */
async function ready({ text, child }: Started): Promise<string> {
  await until(() => text.stdout.includes('\n') || child.exitCode !== null, LIMIT_MS);
  expect(text.stdout, text.stderr).toContain('\n');
  return text.stdout.slice(0, text.stdout.indexOf('\n'));
}

async function end({ child, ended }: Started) {
  child.kill('SIGTERM');
  return ended;
}

const stateFiles = async (store: string) =>
  (await readdir(join(store, '.ai-image'))).filter((name) => /^serve-\d+\.json$/.test(name));

const statusOf = async (url: string, token = '') =>
  (await fetch(`${url}/v1/models`, { headers: token === '' ? {} : { authorization: `Bearer ${token}` } })).status;

describe('imagen serve', () => {
  it('S01: prints one line when it is ready, on 127.0.0.1, with the token that it made', async () => {
    await using place = await openPlace();
    const server = place.serve(['--port', '0']);
    const line = await ready(server);
    const [, url = '', token = ''] = /^(http:\/\/127\.0\.0\.1:\d+)\/#token=(imagen_[\w-]{43})$/.exec(line) ?? [];
    expect(url, line).not.toBe('');
    expect([await statusOf(url, token), await statusOf(url, 'imagen_wrong'), await statusOf(url)]).toEqual([
      200, 401, 401,
    ]);
    const [file = ''] = await stateFiles(place.store);
    const path = join(place.store, '.ai-image', file);
    expect([(await stat(path)).mode & 0o777, JSON.parse(await readFile(path, 'utf8'))]).toEqual([
      0o600,
      { url, token, pid: server.child.pid },
    ]);
    const { exit, stdout, stderr } = await end(server);
    expect([exit, stdout, await stateFiles(place.store)]).toEqual([0, `${line}\n`, []]);
    expect(stderr).not.toContain(token);
    expect(stderr).toMatch(/ {2}local {2}GET \/v1\/models {2}200 /);
  });

  it('with --json prints one document on one line, and logs JSON on standard error', async () => {
    await using place = await openPlace();
    const server = place.serve(['--port', '0', '--json']);
    const document = JSON.parse(await ready(server)) as { readonly url: string; readonly token: string };
    expect(document).toEqual({ url: expect.any(String), token: expect.any(String), pid: server.child.pid });
    await statusOf(document.url, document.token);
    const { stdout, stderr } = await end(server);
    expect(stdout.trimEnd().split('\n')).toHaveLength(1);
    const logged = stderr.split('\n').filter((line) => line.startsWith('{'));
    expect(logged.map((line) => JSON.parse(line) as unknown)).toMatchObject([{ path: '/v1/models', token: 'local' }]);
  });

  it('with --quiet has no access log', async () => {
    await using place = await openPlace();
    const server = place.serve(['--port', '0', '--quiet']);
    const [url = ''] = (await ready(server)).split('/#');
    await statusOf(url);
    expect((await end(server)).stderr).not.toContain('/v1/models');
  });

  it('with --open opens its start page in the browser, and the command line of the browser has no token', async () => {
    await using place = await openPlace();
    const opened = join(place.path, 'opened');
    for (const name of ['xdg-open', 'open']) {
      const script = `#!/bin/sh\necho "$1" > ${opened}.part && mv ${opened}.part ${opened}\n`;
      await writeFile(join(place.path, name), script, { mode: 0o755 });
    }
    const path = `${place.path}:${process.env.PATH}`;
    const server = place.serve(['--port', '0', '--open'], { ...STUB, PATH: path });
    const [address = ''] = (await ready(server)).split('#');
    await until(() => existsSync(opened), LIMIT_MS);
    expect(await readFile(opened, 'utf8')).toBe(`${address}\n`);
    expect(await (await fetch(address)).text()).toContain('openapi.json');
    await end(server);
  });

  it('S31, 3: a port that is taken ends it; it never takes another one', async () => {
    await using place = await openPlace();
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as { readonly port: number };
    const { exit, stdout, stderr } = await place.serve(['--port', String(port)]).ended;
    other.close();
    expect({ exit, stdout }).toEqual({ exit: 3, stdout: '' });
    expect(stderr).toContain(`port ${port} of 127.0.0.1 is in use by another program`);
    expect(stderr).toContain('--port');
  });

  it.each([
    ['missing/a.sock', 'cannot create missing/a.sock: its directory is missing, or you may not write to it'],
    ['.', '. is in use by another program, or is no socket'],
  ])('3: says why --socket %s cannot be used', async (path, wanted) => {
    await using place = await openPlace();
    const { exit, stdout, stderr } = await place.serve(['--socket', path]).ended;
    expect({ exit, stdout }).toEqual({ exit: 3, stdout: '' });
    expect(stderr).toContain(wanted);
    expect(stderr).toContain('--socket');
  });

  it('S01, 3: an address that other machines can reach needs a token that the user chose', async () => {
    await using place = await openPlace();
    const { exit, stdout, stderr } = await place.serve(['--host', '0.0.0.0', '--port', '0']).ended;
    expect({ exit, stdout }).toEqual({ exit: 3, stdout: '' });
    expect(stderr).toContain('--host 0.0.0.0 can be reached from other machines, and there is no token');
  });

  it('takes the token from the variable of --token-env, and never prints it', async () => {
    await using place = await openPlace();
    const flags = ['--host', '0.0.0.0', '--port', '0', '--token-env', 'MY_TOKEN'];
    const server = place.serve(flags, { ...STUB, MY_TOKEN: TOKEN });
    const line = await ready(server);
    expect(line).toMatch(/^http:\/\/0\.0\.0\.0:\d+$/);
    expect([await statusOf(line, TOKEN), await statusOf(line, `${TOKEN}0`)]).toEqual([200, 401]);
    const [file = ''] = await stateFiles(place.store);
    expect(await readFile(join(place.store, '.ai-image', file), 'utf8')).not.toContain(TOKEN);
    const { stdout, stderr } = await end(server);
    expect(`${stdout}${stderr}`).not.toContain(TOKEN);
  });

  it.each([
    [{}, 'the variable MY_TOKEN, which holds a token, is not set or empty'],
    [{ MY_TOKEN: 'secret' }, 'the token in MY_TOKEN is too easy to guess'],
    [{ MY_TOKEN: 'a'.repeat(64) }, 'the token in MY_TOKEN is too easy to guess'],
    [{ MY_TOKEN: `${TOKEN} x` }, 'the token in MY_TOKEN has characters that a bearer token cannot have'],
  ])('3: refuses the token of %j', async (env, wanted) => {
    await using place = await openPlace();
    const { exit, stderr } = await place.serve(['--port', '0', '--token-env', 'MY_TOKEN'], { ...STUB, ...env }).ended;
    expect({ exit, isNamed: stderr.includes(wanted) }, stderr).toEqual({ exit: 3, isNamed: true });
  });

  it('S32: listens on a socket that only its user can open', async () => {
    await using place = await openPlace();
    const socket = join(await realpath(place.path), 'imagen.sock');
    const server = place.serve(['--socket', 'imagen.sock']);
    const [address, token] = (await ready(server)).split('#');
    expect([address, token]).toEqual([`unix:${socket}`, expect.stringMatching(/^token=imagen_[\w-]{43}$/)]);
    expect((await stat(socket)).mode & 0o777).toBe(0o600);
    // A program with another working directory finds it too.
    const [file = ''] = await stateFiles(place.store);
    expect(JSON.parse(await readFile(join(place.store, '.ai-image', file), 'utf8'))).toMatchObject({ url: address });
    expect((await end(server)).exit).toBe(0);
  });

  it('warns in the words of the configuration of a model whose backend is skipped, and starts', async () => {
    await using place = await openPlace();
    const flags = await place.configure(`
backends: { main: { type: stub }, openai: { optional: true } }
serve: { aliases: { fox: openai/gpt-image-2 } }
`);
    const server = place.serve([...flags, '--port', '0']);
    await ready(server);
    const { exit, stderr } = await end(server);
    expect(exit).toBe(0);
    expect(stderr).toContain('serve.aliases.fox names "openai/gpt-image-2", which is not an available model');
    expect(stderr).not.toContain('createImageServer');
  });

  it('3: a mistake in the section serve is reported with its line', async () => {
    await using place = await openPlace();
    const flags = await place.configure('serve:\n  tokens:\n    - { name: ada, token: abc }\n');
    const { exit, stderr } = await place.serve(flags).ended;
    expect(exit).toBe(3);
    expect(stderr).toContain('imagen.yaml:3:20: there is no setting "token" in serve.tokens[0]');
  });

  it('keeps the key of its links in a private file', async () => {
    await using place = await openPlace();
    const path = join(place.store, '.ai-image', 'serve.key');
    const keys = [];
    for (let time = 0; time < 2; time++) {
      const server = place.serve(['--port', '0']);
      await ready(server);
      keys.push((await readFile(path)).toString('hex'));
      await end(server);
    }
    expect([keys[0]?.length, (await stat(path)).mode & 0o777]).toEqual([64, 0o600]);
    expect(keys[1]).toBe(keys[0]);
  });

  it('removes the file of a server that was killed', async () => {
    await using place = await openPlace();
    const killed = place.serve(['--port', '0']);
    await ready(killed);
    killed.child.kill('SIGKILL');
    await killed.ended;
    expect(await stateFiles(place.store)).toEqual([`serve-${killed.child.pid}.json`]);
    const next = place.serve(['--port', '0']);
    await ready(next);
    expect(await stateFiles(place.store)).toEqual([`serve-${next.child.pid}.json`]);
    await end(next);
  });
});

describe('imagen serve with several tokens', () => {
  const OTHER = 'decade0123456789decade0123456789';
  const hashOf = (token: string) => createHash('sha256').update(token).digest('hex');

  it('with --queue takes tokens with a limit: the workers enforce it', async () => {
    await using place = await openPlace();
    const flags = await place.configure(`
store: { directory: ${place.store} }
backends: { main: { type: stub } }
serve: { tokens: [{ name: ada, sha256: ${hashOf(TOKEN)}, per_day_usd: 5 }] }
`);
    const server = place.serve([...flags, '--port', '0', '--queue']);
    expect(await statusOf(await ready(server), TOKEN)).toBe(200);
    expect((await end(server)).exit).toBe(0);
  });

  it('limits what each of them spends per day, and reports it by their names', async () => {
    await using place = await openPlace();
    const flags = await place.configure(`
store: { directory: ${place.store} }
backends: { main: { type: stub, cost_usd: 0.1 } }
serve:
  tokens:
    - { name: ada, sha256: ${hashOf(TOKEN)}, per_day_usd: 0.05 }
    - { name: eve, sha256: ${hashOf(OTHER)} }
`);
    const server = place.serve([...flags, '--port', '0']);
    const url = await ready(server);
    const ask = async (token: string) => {
      const answer = await fetch(`${url}/v1/images/generations`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ prompt: 'a fox', size: '64x64' }),
      });
      return answer.status;
    };
    // The first call is estimated as free and costs more than the limit, so the second one is refused.
    expect([await ask(TOKEN), await ask(TOKEN), await ask(OTHER), await ask(OTHER)]).toEqual([200, 402, 200, 200]);
    await end(server);
    const usage = start(['usage', '--by', 'project', '--json', '--store', place.store], place.path);
    const { rows } = JSON.parse((await usage.ended).stdout) as { readonly rows: readonly object[] };
    expect(rows).toMatchObject([
      { name: 'eve', calls: 2, usd: 0.2 },
      { name: 'ada', calls: 1, usd: 0.1 },
    ]);
  });
});

describe('imagen serve and a running call', () => {
  async function openFarm() {
    const place = await openPlace();
    const vendor = await openJobVendor();
    const server = place.serve([...(await vendor.flags(place.path)), '--port', '0', '--json'], FARM);
    const { url, token } = JSON.parse(await ready(server)) as { readonly url: string; readonly token: string };
    const ask = () =>
      fetch(`${url}/v1/images/generations`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ prompt: 'a fox', model: 'farm' }),
      });
    const images = async () => {
      const { stdout } = await start(['history', 'search', '--json', '--store', place.store], place.path, FARM).ended;
      return (JSON.parse(stdout) as { readonly images: readonly unknown[] }).images.length;
    };
    return { place, vendor, server, ask, images, [Symbol.asyncDispose]: place[Symbol.asyncDispose] };
  }

  it('0: SIGTERM lets it end; it is answered, and its image is stored', async () => {
    await using farm = await openFarm();
    const answer = farm.ask();
    await until(() => farm.vendor.polls() > 0, LIMIT_MS);
    farm.server.child.kill('SIGTERM');
    await until(() => farm.server.text.stderr.includes('stopping: running calls have 25 s to end'), LIMIT_MS);
    farm.vendor.set('succeeded');
    const { status } = await answer;
    const { exit } = await farm.server.ended;
    expect({ status, exit, images: await farm.images(), submits: farm.vendor.submits() }).toEqual({
      status: 200,
      exit: 0,
      images: 1,
      submits: 1,
    });
  });

  it('143: a second signal ends it at once, and the next start fetches the image', async () => {
    await using farm = await openFarm();
    const answer = farm.ask().catch(() => undefined);
    await until(() => farm.vendor.polls() > 0, LIMIT_MS);
    farm.server.child.kill('SIGTERM');
    await until(() => farm.server.text.stderr.includes('A second signal ends the server at once'), LIMIT_MS);
    farm.server.child.kill('SIGTERM');
    expect((await farm.server.ended).exit).toBe(143);
    await answer;
    expect([farm.vendor.cancels(), await farm.images()]).toEqual([0, 0]);
    farm.vendor.set('succeeded');
    const next = farm.place.serve([...(await farm.vendor.flags(farm.place.path)), '--port', '0'], FARM);
    await ready(next);
    let stored = 0;
    for (let looks = 0; stored === 0 && looks < 50; looks++) stored = await farm.images();
    expect([stored, farm.vendor.submits()]).toEqual([1, 1]);
    await end(next);
  });
});
