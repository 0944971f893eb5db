import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { openWorkshop } from '../workshop.ts';

describe('imagen select', () => {
  it('marks as kept or rejected, removes the mark, and prints the paths', async () => {
    await using shop = await openWorkshop();
    await shop.draw('a red fox', { n: 2 });
    const [one, two] = await shop.kept();
    const marks = async () => (await shop.kept()).map(({ selection }) => selection);
    const { exit, stdout, stderr } = await shop.run('select', one!.id.slice(0, 8), two!.id);
    expect({ exit, stdout, stderr }).toEqual({ exit: 0, stdout: `${one!.path}\n${two!.path}\n`, stderr: '' });
    expect(await marks()).toEqual(['kept', 'kept']);
    await shop.run('select', two!.id, '--reject');
    expect(await marks()).toEqual(['kept', 'rejected']);
    await shop.run('select', one!.id, '--clear');
    expect(await marks()).toEqual([undefined, 'rejected']);
    // The sidecar has the mark, so the catalog can be rebuilt.
    expect(JSON.parse(await readFile(two!.path.replace(/\.png$/, '.json'), 'utf8'))).toMatchObject({
      selection: 'rejected',
    });
  });

  it('--tag adds to the existing tags, each once', async () => {
    await using shop = await openWorkshop();
    const [id = ''] = await shop.draw('a red fox');
    await shop.run('select', id, '--tag', 'animal', '--tag', ' to print ');
    const again = await shop.run('select', id, '--tag', 'animal', '--tag', 'red', '--json');
    expect(JSON.parse(again.stdout)).toEqual({
      images: [{ id, path: (await shop.kept())[0]!.path, selection: 'kept', tags: ['animal', 'to print', 'red'] }],
    });
    expect(await shop.kept('--tag', 'to print')).toHaveLength(1);
  });

  it.each([
    [['nobody'], 'no image with the id "nobody"'],
    [[], 'missing required argument'],
    [['nobody', '--reject', '--clear'], 'cannot be used with'],
    [['nobody', '--tag', ' '], 'invalid --tag'],
    [['nobody', '--no-store'], 'there is no store'],
  ])('refuses %j', async (args, message) => {
    await using shop = await openWorkshop();
    const { exit, stdout, stderr } = await shop.run('select', ...args);
    expect({ exit, stdout }).toEqual({ exit: 2, stdout: '' });
    expect(stderr).toContain(message);
  });

  it('marks none if one id is unknown', async () => {
    await using shop = await openWorkshop();
    const [id = ''] = await shop.draw('a red fox');
    expect((await shop.run('select', id, 'nobody')).exit).toBe(2);
    expect((await shop.kept())[0]!.selection).toBeUndefined();
  });
});
