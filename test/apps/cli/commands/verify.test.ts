import { cp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { createImageManager } from '../../../../src/index.ts';
import { signImage } from '../../../../src/store/index.ts';
import { createTestSigner } from '../../../provenance/support/certificate.ts';
import { FACTS } from '../../../provenance/support/facts.ts';
import { headerChunk, pngWith } from '../../../providers/kit/image/make-png.ts';
import { files } from '../../../providers/kit/image/samples.ts';
import { openWorkshop } from '../workshop.ts';

const sidecarOf = (path: string) => path.replace(/\.png$/, '.json');

describe('imagen verify with names', () => {
  it('says in words what a kept picture says of itself, by its id or its file', async () => {
    await using shop = await openWorkshop();
    const [id = ''] = await shop.draw('a red fox');
    const [{ path } = { path: '' }] = await shop.kept();
    const byId = await shop.run('verify', id.slice(0, 8));
    expect(byId).toMatchObject({ exit: 0, stderr: '' });
    expect(byId.stdout.split('\n')[0]).toBe(path);
    for (const words of [
      'Mark: the image is made by AI (trainedAlgorithmicMedia).',
      'Provider stub, model stub-1.',
      'No C2PA manifest.',
      'Sidecar: the hash holds.',
      'Nothing contradicts it.',
    ]) {
      expect(byId.stdout).toContain(`\n  ${words}`);
    }
    expect(await shop.run('verify', path)).toEqual(byId);
    expect(await shop.run('verify', id)).toEqual(byId);
  });

  it('a file of which nothing is said contradicts nothing', async () => {
    await using shop = await openWorkshop();
    await shop.draw('a red fox');
    const [{ path } = { path: '' }] = await shop.kept();
    await cp(path, join(shop.path, 'fox.png'));
    const { exit, stdout } = await shop.run('verify', 'fox.png');
    expect(exit).toBe(0);
    expect(stdout).toContain('  No sidecar.\n');
  });

  it('10: a changed file, one that is no picture, a broken sidecar, one of another file', async () => {
    await using shop = await openWorkshop();
    await shop.draw('a red fox', { n: 2 });
    const [one, two] = await shop.kept();
    await cp(one!.path, join(shop.path, 'mixed.png'));
    await cp(sidecarOf(two!.path), join(shop.path, 'mixed.json'));
    await cp(one!.path, join(shop.path, 'broken.png'));
    await writeFile(join(shop.path, 'broken.json'), (await readFile(sidecarOf(one!.path), 'utf8')).slice(0, 100));
    await writeFile(join(shop.path, 'notes.txt'), 'a red fox');
    await truncate(one!.path, 1000);
    for (const [name, problem] of [
      [one!.id, 'it is not the file that its sidecar was written for'],
      ['mixed.png', 'it is not the file that its sidecar was written for'],
      ['broken.png', 'its sidecar is broken: it is no JSON'],
      ['notes.txt', 'it is no picture of a kind that is known here'],
    ] as const) {
      const { exit, stdout } = await shop.run('verify', two!.path, name);
      expect(exit).toBe(10);
      expect(stdout).toContain(`  DOES NOT HOLD: ${problem}`);
      expect(stdout).toContain('  Nothing contradicts it.');
    }
    const document = JSON.parse((await shop.run('verify', 'mixed.png', two!.id, '--json')).stdout);
    expect(document.files).toMatchObject([
      { path: join(shop.path, 'mixed.png'), holds: false, hash: 'differs', problems: [expect.any(String)] },
      { path: two!.path, holds: true, hash: 'holds', problems: [], reading: { mark: { provider: 'stub' } } },
    ]);
  });

  it('10: an image that is not whole, whatever is said of it', async () => {
    await using shop = await openWorkshop();
    const zeros = (width: number, height: number) => deflateSync(Buffer.alloc((width + 1) * height));
    await writeFile(join(shop.path, 'whole.png'), pngWith(headerChunk(64, 64, 8, 0), zeros(64, 64)));
    await writeFile(join(shop.path, 'rows.png'), pngWith(headerChunk(64, 64, 8, 0), zeros(64, 12)));
    await writeFile(join(shop.path, 'bomb.png'), pngWith(headerChunk(64, 64, 8, 0), deflateSync(Buffer.alloc(1e8))));
    await writeFile(join(shop.path, 'cut.jpg'), files.jpeg.subarray(0, -40));
    await writeFile(join(shop.path, 'cut.avif'), files.avif.subarray(0, -40));
    expect(await shop.run('verify', 'whole.png')).toMatchObject({ exit: 0 });
    for (const [name, damage] of [
      ['rows.png', 'the PNG file has the data of 12 of 64 rows'],
      ['bomb.png', 'the PNG file has more image data than its size allows'],
      ['cut.jpg', 'the JPEG file ends without an end-of-image marker'],
      ['cut.avif', 'the AVIF file ends inside a box'],
    ] as const) {
      const { exit, stdout } = await shop.run('verify', name);
      expect({ name, exit }).toEqual({ name, exit: 10 });
      expect(stdout).toContain(`  DOES NOT HOLD: ${damage}.\n`);
      expect(stdout).not.toContain('Nothing contradicts it.');
      const { files: documents } = JSON.parse((await shop.run('verify', name, '--json')).stdout);
      expect(documents).toMatchObject([{ holds: false, problems: [damage] }]);
    }
  });

  it('says how many bytes follow the end of an image, which is no fault', async () => {
    await using shop = await openWorkshop();
    for (const name of ['png', 'jpeg', 'webp', 'gif', 'avif'] as const) {
      await writeFile(join(shop.path, `fox.${name}`), Buffer.concat([files[name], Buffer.from('PK\x03\x04')]));
      const { exit, stdout } = await shop.run('verify', `fox.${name}`);
      expect({ name, exit }).toEqual({ name, exit: 0 });
      expect(stdout).toContain('  4 bytes follow the end of the image; they are no part of it.\n');
    }
  });

  it('JSON of somebody else beside a picture is none of ours', async () => {
    await using shop = await openWorkshop();
    await shop.draw('a red fox');
    const [{ path } = { path: '' }] = await shop.kept();
    await cp(path, join(shop.path, 'fox.png'));
    await writeFile(join(shop.path, 'fox.json'), '{"sha256": "of another program"}');
    const foreign = await shop.run('verify', 'fox.png');
    expect(foreign.exit).toBe(0);
    expect(foreign.stdout).toContain('  The JSON beside it is none of ours.\n');
    await writeFile(join(shop.path, 'fox.json'), '{"version": 99, "sha256": "…"}');
    expect((await shop.run('verify', 'fox.png')).stdout).toContain('  Its sidecar is of version 99');
  });

  it('a C2PA manifest: valid, trusted by its root, not by another, broken by a change', async () => {
    await using shop = await openWorkshop();
    await shop.draw('a red fox', { marks: 'none' });
    const [{ path } = { path: '' }] = await shop.kept();
    const signer = createTestSigner();
    const { bytes } = await signImage(new Uint8Array(await readFile(path)), FACTS, signer);
    const write = (name: string, what: Uint8Array | string) => writeFile(join(shop.path, name), what);
    await write('signed.png', bytes);
    await write('roots.pem', signer.root);
    await write('others.pem', createTestSigner().root);
    const usual = await shop.run('verify', 'signed.png');
    expect(usual).toMatchObject({ exit: 0, stdout: expect.stringContaining('C2PA manifest: valid, not trusted.') });
    expect(await shop.run('verify', 'signed.png', '--roots', 'roots.pem')).toMatchObject({
      exit: 0,
      stdout: expect.stringContaining('C2PA manifest: valid and trusted.'),
    });
    expect(await shop.run('verify', 'signed.png', '--roots', 'others.pem')).toMatchObject({
      exit: 10,
      stdout: expect.stringContaining('leads to none of the roots'),
    });
    const changed = Buffer.from(bytes);
    changed[changed.length - 30]! ^= 1;
    await write('changed.png', changed);
    expect(await shop.run('verify', 'changed.png')).toMatchObject({
      exit: 10,
      stdout: expect.stringContaining('DOES NOT HOLD: its C2PA manifest is not valid.'),
    });
  });

  it.each([
    [['fox.png'], 'fox.png: there is no such file'],
    [['nobody'], 'there is no picture "nobody"'],
    [['.'], 'it is a directory'],
    [['package.json', '--roots', 'none.pem'], 'holds no certificates'],
    [['--roots', 'none.pem'], '--roots is for pictures that are named'],
  ])('refuses %j', async (args, message) => {
    await using shop = await openWorkshop();
    const { exit, stdout, stderr } = await shop.run('verify', ...args);
    expect({ exit, stdout }).toEqual({ exit: 2, stdout: '' });
    expect(stderr).toContain(message);
  });
});

describe('imagen verify of the whole store', () => {
  it('holds every file against its sidecar', async () => {
    await using shop = await openWorkshop();
    await shop.draw('a red fox', { n: 3 });
    const good = await shop.run('verify');
    expect(good).toMatchObject({ exit: 0, stdout: '' });
    expect(good.stderr).toContain('3 pictures are what was kept\n');

    const [one, two, three] = await shop.kept();
    await rm(one!.path);
    await rm(sidecarOf(two!.path));
    await truncate(three!.path, 500);
    const bad = await shop.run('verify');
    expect(bad.exit).toBe(10);
    const lines = bad.stdout.trimEnd().split('\n').sort();
    expect(lines.map((line) => line.split(/ {2,}/).slice(0, 2))).toEqual([
      ['changed', three!.path],
      ['no-picture', one!.path],
      ['no-sidecar', two!.path],
    ]);
    expect(bad.stderr).toContain('0 pictures are what was kept; not as it should be: 3');
    const document = JSON.parse((await shop.run('verify', '--json')).stdout);
    expect(document).toMatchObject({ whole: 0, findings: [{}, {}, {}] });
    // What is gone from the disk is said of one, too.
    const gone = await shop.run('verify', one!.id);
    expect(gone.exit).toBe(2);
    expect(gone.stderr).toContain(basename(one!.path));
  });

  it('10: a kept PNG whose pixel data does not add up', async () => {
    await using shop = await openWorkshop();
    const imageBytes = pngWith(headerChunk(64, 64, 8, 0), deflateSync(Buffer.alloc(65 * 12)));
    const provider = {
      generateImage: async () => ({ imageBytes, format: 'png', promptUsed: 'a fox', model: 'm' }) as const,
    };
    const store = shop.store();
    const { kept } = await createImageManager({ providers: { own: provider }, store }).generate({ prompt: 'a fox' });
    const path = kept[0]?.path;
    const says = 'the PNG file has the data of 12 of 64 rows';
    expect(await store.verify()).toEqual({ whole: 0, findings: [{ kind: 'damaged', path, says }] });
    await store.close();
    const { exit, stdout } = await shop.run('verify');
    expect(exit).toBe(10);
    expect(stdout.trimEnd().split(/ {2,}/)).toEqual(['damaged', path, says]);
  });

  it('an empty store is whole', async () => {
    await using shop = await openWorkshop();
    const { exit, stderr } = await shop.run('verify');
    expect(exit).toBe(0);
    expect(stderr).toContain('0 pictures are what was kept');
  });
});
