import { existsSync } from 'node:fs';
import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openWorkshop } from '../workshop.ts';

const own = (path: string, name: string) => join(path, '.local/share/imagen/.ai-image', name);

describe('imagen reindex', () => {
  it('makes the catalog again from the sidecars; once more it is the same', async () => {
    await using shop = await openWorkshop();
    await shop.draw('a red fox', { n: 3 });
    const [one, two, three] = await shop.kept();
    // Behind the catalog's back.
    await rm(one!.path);
    await rm(one!.path.replace(/\.png$/, '.json'));
    const { exit, stdout, stderr } = await shop.run('reindex');
    expect({ exit, stdout }).toEqual({ exit: 0, stdout: '' });
    expect(stderr).toContain('2 pictures in the catalog');
    expect(await shop.kept()).toEqual([two, three]);
    const again = await shop.run('reindex', '--json');
    expect(JSON.parse(again.stdout)).toMatchObject({ artifacts: 2, passedOver: [] });
  });

  it('10: names what cannot be read, and leaves it as it is', async () => {
    await using shop = await openWorkshop();
    await shop.draw('a red fox');
    const [{ path } = { path: '' }] = await shop.kept();
    const sidecar = path.replace(/\.png$/, '.json');
    await writeFile(sidecar, '{"version": 1, "sha256":');
    const { exit, stdout, stderr } = await shop.run('reindex');
    expect(exit).toBe(10);
    expect(sidecar.endsWith(`/${stdout.trim()}`)).toBe(true);
    expect(stderr).toContain('0 pictures in the catalog');
    expect(existsSync(path) && existsSync(sidecar)).toBe(true);
  });

  it('an empty store has an empty catalog; a store that is not there is not made', async () => {
    await using shop = await openWorkshop();
    expect(await shop.run('reindex')).toMatchObject({ exit: 0, stdout: '' });
    const wrong = await shop.run('reindex', '--store', 'picturs');
    expect(wrong).toMatchObject({ exit: 2, stderr: expect.stringContaining('there is no store at') });
    expect(await readdir(shop.path)).not.toContain('picturs');
    expect(await shop.run('reindex', '--leger')).toMatchObject({
      exit: 2,
      stderr: expect.stringContaining('Did you mean --ledger?'),
    });
    expect(await shop.run('reindex', 'everything')).toMatchObject({ exit: 2 });
  });
});

describe('imagen reindex --ledger', () => {
  it('M13: makes a torn ledger again from the sidecars, and puts the old one aside', async () => {
    await using shop = await openWorkshop();
    await shop.draw('a red fox', { n: 2 });
    for (const ending of ['-wal', '-shm']) await rm(own(shop.path, `money.db${ending}`), { force: true });
    await writeFile(own(shop.path, 'money.db'), 'torn to pieces '.repeat(1000));
    const torn = await shop.run('usage');
    expect(torn).toMatchObject({ exit: 3, stdout: '' });
    expect(torn.stderr).toContain('imagen reindex --ledger');

    const { exit, stdout, stderr } = await shop.run('reindex', '--ledger');
    expect(exit).toBe(0);
    expect(stdout.trim().startsWith(own(shop.path, 'money.db.old-'))).toBe(true);
    expect(existsSync(stdout.trim())).toBe(true);
    expect(stderr).toContain('the ledger knows 2 pictures now');
    expect(JSON.parse((await shop.run('usage', '--json')).stdout).total).toEqual({ calls: 2, images: 2, usd: 0 });
  });

  it('does not throw away a ledger in which calls are under way', async () => {
    await using shop = await openWorkshop();
    const store = shop.store();
    await store.jobs.begin({ id: 'c1', provider: 'fal', model: 'flux', reservation: 'r1' });
    await store.jobs.submitted('c1', {
      ...({ version: 1, provider: 'fal', model: 'flux', id: 'j1', submittedAt: new Date().toISOString() } as const),
      request: { prompt: 'a red fox', n: 1 },
    });
    await store.close();
    const { exit, stderr } = await shop.run('reindex', '--ledger');
    expect(exit).toBe(2);
    expect(stderr).toContain('1 call under way would be lost');
    const later = shop.store();
    expect(await later.jobs.find('j1')).toMatchObject({ state: 'running' });
    await later.close();
  });
});
