import { existsSync } from 'node:fs';
import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openWorkshop } from '../workshop.ts';

const own = (path: string, name: string) => join(path, '.local/share/imagen/.ai-image', name);

describe('imagen reindex', () => {
  it('rebuilds the index from the sidecars, with the same result when repeated', async () => {
    await using shop = await openWorkshop();
    await shop.draw('a red fox', { n: 3 });
    const [one, two, three] = await shop.kept();
    // The catalog does not notice this change.
    await rm(one!.path);
    await rm(one!.path.replace(/\.png$/, '.json'));
    const { exit, stdout, stderr } = await shop.run('reindex');
    expect({ exit, stdout }).toEqual({ exit: 0, stdout: '' });
    expect(stderr).toContain('2 images in the index');
    expect(await shop.kept()).toEqual([two, three]);
    const again = await shop.run('reindex', '--json');
    expect(JSON.parse(again.stdout)).toMatchObject({ artifacts: 2, skipped: [] });
  });

  it('10: names sidecars that cannot be read, and leaves them unchanged', async () => {
    await using shop = await openWorkshop();
    await shop.draw('a red fox');
    const [{ path } = { path: '' }] = await shop.kept();
    const sidecar = path.replace(/\.png$/, '.json');
    await writeFile(sidecar, '{"version": 1, "sha256":');
    const { exit, stdout, stderr } = await shop.run('reindex');
    expect(exit).toBe(10);
    expect(sidecar.endsWith(`/${stdout.trim()}`)).toBe(true);
    expect(stderr).toContain('0 images in the index');
    expect(existsSync(path) && existsSync(sidecar)).toBe(true);
  });

  it('an empty store has an empty index; a missing store is not created', async () => {
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
  it('D13: imagen reindex --ledger rebuilds a damaged ledger from the sidecars, and keeps the old file', async () => {
    await using shop = await openWorkshop();
    await shop.draw('a red fox', { n: 2 });
    for (const ending of ['-wal', '-shm']) await rm(own(shop.path, `money.db${ending}`), { force: true });
    await writeFile(own(shop.path, 'money.db'), 'torn to pieces '.repeat(1000));
    const torn = await shop.run('usage');
    expect(torn).toMatchObject({ exit: 11, stdout: '' });
    expect(torn.stderr).toContain('imagen reindex --ledger');

    const { exit, stdout, stderr } = await shop.run('reindex', '--ledger');
    expect(exit).toBe(0);
    expect(stdout.trim().startsWith(own(shop.path, 'money.db.old-'))).toBe(true);
    expect(existsSync(stdout.trim())).toBe(true);
    expect(stderr).toContain('the ledger now has 2 entries');
    expect(JSON.parse((await shop.run('usage', '--json')).stdout).total).toEqual({ calls: 2, images: 2, usd: 0 });
  });

  it('refuses to replace a ledger with unfinished calls', async () => {
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
    expect(stderr).toContain('would delete the records of 1 unfinished call');
    const later = shop.store();
    expect(await later.jobs.find('j1')).toMatchObject({ state: 'running' });
    await later.close();
  });
});
