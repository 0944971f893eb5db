import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { createImageManager, StubProvider } from '../../../../src/index.ts';
import { homeFolder } from '../support.ts';
import { lastRequest, openWorkshop, watchStub } from '../workshop.ts';

const small = ['--size', '64x48', '--provider', 'stub'];

describe('imagen history search', () => {
  it('lists the latest first, in columns, with the beginning of each id and a shortened prompt', async () => {
    await using shop = await openWorkshop();
    await shop.run('generate', 'a red fox', ...small);
    await wait(5);
    await shop.run('generate', `a lighthouse ${'very '.repeat(40)}tall`, ...small);
    const { exit, stdout, stderr } = await shop.run('history', 'search');
    const [first, second] = (await shop.kept()).map(({ id }) => id.slice(0, 8));
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' });
    const lines = stdout.trimEnd().split('\n');
    expect(lines[0]).toMatch(
      new RegExp(`^${first}  \\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d  stub  stub-1  64x48  \\S+  -  a lighthouse very .*…$`),
    );
    expect(lines[1]).toMatch(new RegExp(`^${second}  .*  a red fox$`));
    for (const line of lines) expect([...line].length).toBeLessThanOrEqual(80);
  });

  it('filters by words, provider, model, tag, time, mark and parent', async () => {
    await using shop = await openWorkshop();
    await shop.run('generate', 'a red fox', ...small);
    await shop.run('generate', 'a blue whale', ...small);
    const [whale, fox] = await shop.kept();
    const store = shop.store();
    await store.keep(whale!.id);
    await store.reject(fox!.id);
    await store.tag(fox!.id, ['animal']);
    await store.close();
    const prompts = async (...args: string[]) => (await shop.kept(...args)).map(({ prompt }) => prompt);
    expect(await prompts('FOX', 'red')).toEqual(['a red fox']);
    expect(await prompts('fox', 'whale')).toEqual([]);
    expect(await prompts('--tag', 'animal')).toEqual(['a red fox']);
    expect(await prompts('--provider', 'stub', '--model', 'stub-1')).toHaveLength(2);
    expect(await prompts('--provider', 'openai')).toEqual([]);
    expect(await prompts('--since', '1h')).toHaveLength(2);
    expect(await prompts('--since', '2999-01-01')).toEqual([]);
    expect(await prompts('--parent', fox!.id.slice(0, 10))).toEqual([]);
    expect((await shop.run('history', 'search', '--kept')).stdout).toMatch(/ {2}kept {2}a blue whale\n$/);
    const usual = await shop.run('history', 'search');
    expect(usual.stdout).toContain('a blue whale');
    expect(usual.stdout).not.toContain('a red fox');
    expect((await shop.run('history', 'search', '--rejected-too')).stdout).toMatch(/ {2}rejected {2}a red fox\n/);
  });

  it('--limit shows that many and says that there are more', async () => {
    await using shop = await openWorkshop();
    await shop.run('generate', 'fox', '--n', '3', ...small);
    const { stdout, stderr } = await shop.run('history', 'search', '--limit', '2');
    expect(stdout.trimEnd().split('\n')).toHaveLength(2);
    expect(stderr).toContain('showing the latest 2. For more');
    const document = JSON.parse((await shop.run('history', 'search', '--limit', '2', '--json')).stdout);
    expect(document).toMatchObject({ images: [{ provider: 'stub', width: 64 }, {}], hasMore: true });
  });

  it('names the store when nothing is found, with exit code 0', async () => {
    await using shop = await openWorkshop();
    const { exit, stdout, stderr } = await shop.run('history', 'search', '--provider', 'opnai');
    expect({ exit, stdout }).toEqual({ exit: 0, stdout: '' });
    expect(stderr).toContain(`no images found in ${shop.path}`);
    expect(stderr).toContain('Did you mean openai?');
    expect(JSON.parse((await shop.run('history', 'search', '--json')).stdout)).toEqual({
      images: [],
      hasMore: false,
    });
  });

  it.each([
    [['--since', 'yesterday'], 'invalid --since "yesterday"'],
    [['--limit', '0'], 'invalid --limit "0"'],
    [['--kept', '--rejected-too'], 'contradict each other'],
    [['--parent', 'nobody'], 'no image with the id "nobody"'],
    [['--taf', 'x'], 'Did you mean --tag?'],
    [['--store', 'picturs'], 'there is no store at'],
    [['--no-store'], 'there is no store'],
  ])('refuses %j', async (flags, message) => {
    await using shop = await openWorkshop();
    const { exit, stdout, stderr } = await shop.run('history', 'search', ...flags);
    expect({ exit, stdout }).toEqual({ exit: 2, stdout: '' });
    expect(stderr).toContain(message);
    expect(await readdir(shop.path)).not.toContain('picturs');
  });

  it('suggests the right subcommand for a misspelt one', async () => {
    await using shop = await openWorkshop();
    const { exit, stderr } = await shop.run('history', 'serch');
    expect(exit).toBe(2);
    expect(stderr).toContain('Did you mean search?');
  });
});

describe('imagen history show', () => {
  it('shows everything about one image, with the complete prompt', async () => {
    await using shop = await openWorkshop();
    const prompt = `a fox ${'very '.repeat(60)}red`;
    await shop.run('generate', prompt, '--seed', '7', ...small);
    const [{ id, path } = { id: '', path: '' }] = await shop.kept();
    const { exit, stdout, stderr } = await shop.run('history', 'show', id.slice(0, 6));
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' });
    const shown = Object.fromEntries(stdout.split('\n').map((line) => [line.slice(0, 11).trim(), line.slice(13)]));
    expect(shown).toMatchObject({ path, id, prompt, seed: '7', selection: 'none' });
    expect(shown.image).toMatch(/^64x48 png, \d+ bytes$/);
    expect(shown.created).toMatch(/^\d{4}-.* by stub, stub-1$/);
    expect(shown.mark).toContain('in the image file');
    const sidecar = JSON.parse(await readFile(path.replace(/\.png$/, '.json'), 'utf8'));
    expect(shown.sha256).toBe(sidecar.sha256);
    const document = JSON.parse((await shop.run('history', 'show', id, '--json')).stdout);
    expect(document).toEqual({ ...sidecar, path, lineage: { id, ancestors: [], descendants: [] } });
  });

  it('shows which images it was made from and used for', async () => {
    await using shop = await openWorkshop();
    const store = shop.store();
    const images = createImageManager({ providers: { stub: new StubProvider() }, store });
    const fox = await images.generate({ prompt: 'a red fox', size: '64x64' });
    const night = await images.continue(fox, 'at night');
    await store.close();
    const [before, after] = [fox.images[0].id, night.images[0].id];
    expect((await shop.run('history', 'show', before)).stdout).toContain(`used for     ${after}\n`);
    expect((await shop.run('history', 'show', after)).stdout).toContain(`made from    ${before}\n`);
  });

  it('refuses an id that is ambiguous, too short or unknown', async () => {
    await using shop = await openWorkshop();
    const store = shop.store();
    const images = createImageManager({ providers: { stub: new StubProvider() }, store });
    const { images: drawn } = await images.generate({ prompt: 'a red fox', size: '64x64' });
    // A second sidecar whose id begins alike.
    const { path } = await store.get(drawn[0].id);
    const sidecar = JSON.parse(await readFile(path.replace(/\.png$/, '.json'), 'utf8'));
    const twin = `${sidecar.id.slice(0, 8)}-twin`;
    await writeFile(path.replace(/\.png$/, '-twin.png'), await readFile(path));
    const twinFile = sidecar.file.replace(/\.png$/, '-twin.png');
    await writeFile(path.replace(/\.png$/, '-twin.json'), JSON.stringify({ ...sidecar, id: twin, file: twinFile }));
    await store.reindex();
    await store.close();
    const both = await shop.run('history', 'show', sidecar.id.slice(0, 8));
    expect(both).toMatchObject({ exit: 2, stdout: '' });
    expect(both.stderr).toContain('several images have an id that begins with');
    for (const id of [sidecar.id, twin]) {
      expect(both.stderr).toContain(id);
      expect((await shop.run('history', 'show', id)).stdout).toContain(`id           ${id}\n`);
    }
    expect((await shop.run('history', 'show', 'ab')).stderr).toContain('the id "ab" is too short');
    const none = await shop.run('history', 'show', 'nobody', '--json');
    expect(none.exit).toBe(2);
    expect(JSON.parse(none.stdout)).toMatchObject({ error: { code: 'invalid_request', charged: 'no' } });
  });
});

describe('imagen history rerun', () => {
  it('requests one image with the same settings from the same provider and model', async () => {
    await using shop = await openWorkshop();
    const stub = watchStub();
    await shop.run('generate', 'a red fox', '--n', '3', '--seed', '5', '--quality', 'hd', ...small);
    const all = (await shop.kept()).toReversed();
    const ids = await Promise.all(
      all.map(async ({ id }) => JSON.parse((await shop.run('history', 'show', id, '--json')).stdout)),
    );
    const third = ids.find(({ index }) => index === 2)!;
    const { exit, stdout } = await shop.run('history', 'rerun', third.id, '-o', 'again.png');
    expect({ exit, stdout }).toEqual({ exit: 0, stdout: `${join(shop.path, 'again.png')}\n` });
    expect(lastRequest(stub)).toMatchObject({
      prompt: 'a red fox',
      n: 1,
      seed: 7,
      size: '64x48',
      quality: 'hd',
      model: 'stub-1',
    });
    // The marks differ by their time.
    const pixels = (name: string) => sharp(join(shop.path, name)).raw().toBuffer();
    expect(await pixels('again.png')).toEqual(await pixels('a-red-fox-3.png'));
    expect(await pixels('again.png')).not.toEqual(await pixels('a-red-fox-1.png'));
    const [latest] = await shop.kept();
    expect(latest!.id).not.toBe(third.id);
  });

  it('--seed same, a number, or no seed if none was requested', async () => {
    await using shop = await openWorkshop();
    const stub = watchStub();
    await shop.run('generate', 'a red fox', ...small);
    const [{ id } = { id: '' }] = await shop.kept();
    const seedOf = async (...flags: string[]) => {
      const { exit } = await shop.run('history', 'rerun', id, ...flags);
      expect(exit).toBe(0);
      return lastRequest(stub).seed;
    };
    expect(await seedOf()).toBeUndefined();
    expect(await seedOf('--seed', 'same')).toBe(0);
    expect(await seedOf('--seed', '41')).toBe(41);
    const wrong = await shop.run('history', 'rerun', id, '--seed', 'saem');
    expect(wrong.exit).toBe(2);
    expect(wrong.stderr).toContain('invalid --seed "saem"');
  });

  it('--plan sends nothing, and the file name of --out overrides the original format', async () => {
    await using shop = await openWorkshop();
    const stub = watchStub();
    await shop.run('generate', 'a red fox', '-o', 'fox.webp', ...small);
    const [{ id } = { id: '' }] = await shop.kept();
    const calls = stub.calls.length;
    const plan = await shop.run('history', 'rerun', id, '--plan');
    expect(plan.stdout).toContain('prompt: a red fox');
    expect(stub.calls).toHaveLength(calls);
    await shop.run('history', 'rerun', id);
    expect(lastRequest(stub).format).toBe('webp');
    const { exit } = await shop.run('history', 'rerun', id, '-o', 'fox.jpg');
    expect(exit).toBe(0);
    expect(lastRequest(stub).format).toBe('jpeg');
    expect(await shop.run('history', 'rerun', id, '-o', 'fox.jpg')).toMatchObject({ exit: 2 });
  });

  it('takes input images from the store, and refuses if they are missing', async () => {
    await using shop = await openWorkshop();
    const stub = watchStub();
    const store = shop.store();
    const images = createImageManager({ providers: { stub }, store });
    const fox = await images.generate({ prompt: 'a red fox', size: '64x64' });
    const { images: nights } = await images.continue(fox, 'at night');
    const { images: strangers } = await images.generate({
      prompt: 'by day',
      provider: 'stub',
      inputImages: [fox.images[0].imageBytes],
    });
    const kept = await store.open(fox.images[0].id);
    await store.close();
    const { exit } = await shop.run('history', 'rerun', nights[0].id);
    expect(exit).toBe(0);
    const request = lastRequest(stub);
    expect(request.prompt).toBe('at night');
    expect(request.inputImages).toEqual([kept]);
    const [latest] = await shop.kept();
    expect((await shop.run('history', 'show', latest!.id)).stdout).toContain(`made from    ${fox.images[0].id}\n`);

    const calls = stub.calls.length;
    const stranger = await shop.run('history', 'rerun', strangers[0].id);
    expect(stranger).toMatchObject({ exit: 2, stdout: '' });
    expect(stranger.stderr).toContain('an input image is not in the store; the sidecar has only its hash');
    await shop.run('history', 'delete', fox.images[0].id, '--yes');
    expect(await shop.run('history', 'rerun', nights[0].id)).toMatchObject({ exit: 2 });
    expect(stub.calls).toHaveLength(calls);
  });

  it('keeps the project, and does not count as a row of the original batch', async () => {
    await using shop = await openWorkshop();
    watchStub();
    const store = shop.store();
    const images = createImageManager({ providers: { stub: new StubProvider() }, store });
    const metadata = { costCenter: 'website', batchRow: 'row 1' };
    const { saved } = await images.generate({ prompt: 'a red fox', size: '64x64', metadata });
    await store.close();
    expect((await shop.run('history', 'rerun', saved[0]!.id)).exit).toBe(0);
    const [latest] = await shop.kept();
    const { stdout } = await shop.run('history', 'show', latest!.id, '--json');
    expect(JSON.parse(stdout).request.metadata).toEqual({ costCenter: 'website' });
  });

  it('refuses an image whose prompt is stored as a hash only', async () => {
    await using shop = await openWorkshop();
    const stub = watchStub();
    const store = shop.store({ prompts: 'hash' });
    const images = createImageManager({ providers: { stub }, store });
    const { saved } = await images.generate({ prompt: 'my secret cake', size: '64x64' });
    await store.close();
    const { exit, stderr } = await shop.run('history', 'rerun', saved[0]!.id);
    expect(exit).toBe(2);
    expect(stderr).toContain('the store has only the hash of the prompt');
    expect(stub.calls).toHaveLength(1);
    expect((await shop.run('history', 'show', saved[0]!.id)).stdout).toMatch(
      /prompt {7}only its hash is stored: [0-9a-f]{64}/,
    );
  });
});

describe('imagen history delete', () => {
  it('deletes nothing without --yes, and shows what it would delete', async () => {
    await using shop = await openWorkshop();
    await shop.run('generate', 'a red fox', ...small);
    const [{ id, path } = { id: '', path: '' }] = await shop.kept();
    const { exit, stdout, stderr } = await shop.run('history', 'delete', id);
    expect({ exit, stdout }).toEqual({ exit: 2, stdout: '' });
    expect(stderr).toContain(path);
    expect(stderr).toContain('Add --yes');
    expect(await shop.kept()).toHaveLength(1);
  });

  it('deletes each image with its sidecar once, after all were found', async () => {
    await using shop = await openWorkshop();
    await shop.run('generate', 'fox', '--n', '3', ...small);
    const [one, two, three] = await shop.kept();
    const wrong = await shop.run('history', 'delete', one!.id, 'nobody', '--yes');
    expect(wrong.exit).toBe(2);
    expect(await shop.kept()).toHaveLength(3);
    const { exit, stdout } = await shop.run('history', 'delete', one!.id, two!.id, one!.id.slice(0, 8), '--yes');
    expect({ exit, stdout }).toEqual({ exit: 0, stdout: `${one!.path}\n${two!.path}\n` });
    expect((await shop.kept()).map(({ id }) => id)).toEqual([three!.id]);
    expect(await readdir(join(one!.path, '..'))).toHaveLength(2);
    const last = await shop.run('history', 'delete', three!.id, '--yes', '--json');
    expect(JSON.parse(last.stdout)).toEqual({ deleted: [{ id: three!.id, path: three!.path }] });
    expect(await shop.run('history', 'delete', three!.id, '--yes')).toMatchObject({ exit: 2 });
  });
});

it('uses the store of the user, not that of the tests', async () => {
  await using shop = await openWorkshop();
  await shop.run('generate', 'fox', ...small);
  expect((await shop.kept())[0]!.path.startsWith(shop.path)).toBe(true);
  expect(homeFolder()).not.toBe(shop.path);
});
