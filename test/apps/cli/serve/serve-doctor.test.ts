/** What imagen doctor says about the section serve. */
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { imagen, temporaryFolder } from '../support.ts';

async function look(serve: string, env: Readonly<Record<string, string>> = {}) {
  await using folder = await temporaryFolder();
  const path = join(folder.path, 'imagen.yaml');
  await writeFile(path, `backends: { stub: }\nserve: ${serve}\n`);
  const { exit, stdout } = await imagen(['doctor', '--json', '--config', path], {
    cwd: folder.path,
    env: { HOME: folder.path, ...env },
  });
  const { findings } = JSON.parse(stdout) as { readonly findings: readonly { about: string; message: string }[] };
  return { exit, found: findings.filter(({ about }) => about === 'serve') };
}

it('a server that can start: names its tokens, and says that its port is free', async () => {
  const { exit, found } = await look(`{ port: 0, tokens: [{ name: ada, sha256: ${'a'.repeat(64)} }] }`);
  expect([exit, found]).toEqual([
    0,
    [
      { about: 'serve', state: 'ok', message: 'tokens: ada' },
      { about: 'serve', state: 'ok', message: 'port 0 of 127.0.0.1 is free' },
    ],
  ]);
});

it('3: a weak token is a fault, and is not shown', async () => {
  const { exit, found } = await look('{ port: 0, tokens: [{ name: ada, env: ADA_TOKEN }] }', { ADA_TOKEN: 'hunter2' });
  expect([exit, found[0]]).toMatchObject([
    3,
    { state: 'fault', message: expect.stringContaining('too easy to guess') },
  ]);
  expect(JSON.stringify(found)).not.toContain('hunter2');
});

it('0: a taken port and a missing token are notes: the server may run, and flags may bring a token', async () => {
  const other = createServer().listen(0, '0.0.0.0');
  await once(other, 'listening');
  const { port } = other.address() as { readonly port: number };
  const { exit, found } = await look(`{ host: 0.0.0.0, port: ${port} }`);
  other.close();
  expect([exit, found]).toMatchObject([
    0,
    [
      { state: 'note', message: '0.0.0.0 can be reached from other machines, and serve.tokens has no token' },
      { state: 'note', message: `port ${port} of 0.0.0.0 is in use` },
    ],
  ]);
});

it('without the section says nothing about it', async () => {
  expect((await look('')).found).toEqual([]);
});
