/** A store's database as the configuration names it. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { freePort } from '../../../faults/hostile-server.ts';
import { imagen, temporaryFolder } from '../support.ts';

const SECRET = 'hunter2-canary';

describe('store.database_url_env', () => {
  async function draw(env: Readonly<Record<string, string>>) {
    await using folder = await temporaryFolder();
    await writeFile(join(folder.path, 'imagen.yaml'), 'store: { database_url_env: PICTURES_DATABASE }\n');
    const args = ['generate', 'a red fox', '--provider', 'stub', '--size', '64x64', '--config', 'imagen.yaml'];
    return await imagen(args, { cwd: folder.path, env });
  }

  it('generates nothing if the variable is not set', async () => {
    const { exit, stdout, stderr } = await draw({});
    expect(exit).not.toBe(0);
    expect({ stdout, stderr }).toEqual({ stdout: '', stderr: expect.stringContaining('PICTURES_DATABASE is not set') });
  });

  it('generates nothing if the database cannot be reached', async () => {
    const url = `postgresql://me:${SECRET}@127.0.0.1:${await freePort()}/pictures`;
    // It waits for the database for 15 seconds, on a clock that runs faster.
    vi.useFakeTimers({ toFake: ['performance'] });
    const faster = setInterval(() => vi.advanceTimersByTime(1_000), 10);
    const { exit, stdout, stderr } = await draw({ PICTURES_DATABASE: url }).finally(() => {
      clearInterval(faster);
      vi.useRealTimers();
    });
    expect(exit).not.toBe(0);
    expect({ stdout, stderr }).toEqual({
      stdout: '',
      stderr: expect.stringContaining('the database of the store cannot be used: the connection was refused'),
    });
    expect(stderr).not.toMatch(new RegExp(`${SECRET}|127\\.0\\.0\\.1`));
  });

  it('reports an invalid address without repeating it', async () => {
    const { exit, stdout, stderr } = await draw({ PICTURES_DATABASE: `mysql://me:${SECRET}@host/x` });
    expect(exit).not.toBe(0);
    expect({ stdout, stderr }).toEqual({
      stdout: '',
      stderr: expect.stringContaining('an address like postgresql://'),
    });
    expect(stderr).not.toContain(SECRET);
  });
});
