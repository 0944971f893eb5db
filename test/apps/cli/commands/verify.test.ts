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
  it('describes the origin of a stored image, by id or file', async () => {
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
      'Sidecar: the hash matches.',
      'No problems found.',
    ]) {
      expect(byId.stdout).toContain(`\n  ${words}`);
    }
    expect(await shop.run('verify', path)).toEqual(byId);
    expect(await shop.run('verify', id)).toEqual(byId);
  });

  it('finds no problem in a file that has neither a mark, a manifest nor a sidecar', async () => {
    await using shop = await openWorkshop();
    await shop.draw('a red fox');
    const [{ path } = { path: '' }] = await shop.kept();
    await cp(path, join(shop.path, 'fox.png'));
    const { exit, stdout } = await shop.run('verify', 'fox.png');
    expect(exit).toBe(0);
    expect(stdout).toContain('  No sidecar.\n');
  });

  it('10: a changed file, a file that is not an image, a damaged sidecar, a sidecar of another file', async () => {
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
      [one!.id, 'its hash is not the one recorded in its sidecar'],
      ['mixed.png', 'its hash is not the one recorded in its sidecar'],
      ['broken.png', 'its sidecar is damaged: it is not valid JSON'],
      ['notes.txt', 'it is not an image in a supported format'],
    ] as const) {
      const { exit, stdout } = await shop.run('verify', two!.path, name);
      expect(exit).toBe(10);
      expect(stdout).toContain(`  PROBLEM: ${problem}`);
      expect(stdout).toContain('  No problems found.');
    }
    const document = JSON.parse((await shop.run('verify', 'mixed.png', two!.id, '--json')).stdout);
    expect(document.files).toMatchObject([
      { path: join(shop.path, 'mixed.png'), holds: false, hash: 'differs', problems: [expect.any(String)] },
      { path: two!.path, holds: true, hash: 'holds', problems: [], reading: { mark: { provider: 'stub' } } },
    ]);
  });

  it('10: a damaged image', async () => {
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
      expect(stdout).toContain(`  PROBLEM: ${damage}.\n`);
      expect(stdout).not.toContain('No problems found.');
      const { files: documents } = JSON.parse((await shop.run('verify', name, '--json')).stdout);
      expect(documents).toMatchObject([{ holds: false, problems: [damage] }]);
    }
  });

  it('reports bytes after the end of an image, which is no problem', async () => {
    await using shop = await openWorkshop();
    for (const name of ['png', 'jpeg', 'webp', 'gif', 'avif'] as const) {
      await writeFile(join(shop.path, `fox.${name}`), Buffer.concat([files[name], Buffer.from('PK\x03\x04')]));
      const { exit, stdout } = await shop.run('verify', `fox.${name}`);
      expect({ name, exit }).toEqual({ name, exit: 0 });
      expect(stdout).toContain('  The file has 4 more bytes after the end of the image.\n');
    }
  });

  it('ignores a JSON file of another program, or of a newer version, beside the image', async () => {
    await using shop = await openWorkshop();
    await shop.draw('a red fox');
    const [{ path } = { path: '' }] = await shop.kept();
    await cp(path, join(shop.path, 'fox.png'));
    await writeFile(join(shop.path, 'fox.json'), '{"sha256": "of another program"}');
    const foreign = await shop.run('verify', 'fox.png');
    expect(foreign.exit).toBe(0);
    expect(foreign.stdout).toContain('  The JSON file beside it is not a sidecar of this program.\n');
    await writeFile(join(shop.path, 'fox.json'), '{"version": 99, "sha256": "…"}');
    expect((await shop.run('verify', 'fox.png')).stdout).toContain('  Its sidecar has version 99');
  });

  it('a C2PA manifest: valid, trusted by its root, not trusted by another root, invalid after a change', async () => {
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
      stdout: expect.stringContaining('is not trusted by --roots'),
    });
    const changed = Buffer.from(bytes);
    changed[changed.length - 30]! ^= 1;
    await write('changed.png', changed);
    expect(await shop.run('verify', 'changed.png')).toMatchObject({
      exit: 10,
      stdout: expect.stringContaining('PROBLEM: its C2PA manifest is not valid.'),
    });
  });

  it.each([
    [['fox.png'], 'fox.png: no such file'],
    [['nobody'], 'no image with the id "nobody"'],
    [['.'], 'it is a directory'],
    [['package.json', '--roots', 'none.pem'], 'none.pem: no such file\nimagen: Check the path.'],
    [['--roots', 'none.pem'], '--roots needs the names of images'],
  ])('refuses %j', async (args, message) => {
    await using shop = await openWorkshop();
    const { exit, stdout, stderr } = await shop.run('verify', ...args);
    expect({ exit, stdout }).toEqual({ exit: 2, stdout: '' });
    expect(stderr).toContain(message);
  });

  it('refuses --roots with a file that has no certificates', async () => {
    await using shop = await openWorkshop();
    await writeFile(join(shop.path, 'roots.pem'), 'no certificate');
    const { exit, stderr } = await shop.run('verify', 'fox.png', '--roots', 'roots.pem');
    expect(exit).toBe(2);
    expect(stderr).toContain('roots.pem has no certificates');
  });
});

describe('imagen verify of the whole store', () => {
  it('checks every file against its sidecar', async () => {
    await using shop = await openWorkshop();
    await shop.draw('a red fox', { n: 3 });
    const good = await shop.run('verify');
    expect(good).toMatchObject({ exit: 0, stdout: '' });
    expect(good.stderr).toContain('3 images are intact\n');

    const [one, two, three] = await shop.kept();
    await rm(one!.path);
    await rm(sidecarOf(two!.path));
    await truncate(three!.path, 500);
    const bad = await shop.run('verify');
    expect(bad.exit).toBe(10);
    const lines = bad.stdout.trimEnd().split('\n').sort();
    expect(lines.map((line) => line.split(/ {2,}/).slice(0, 2))).toEqual([
      ['changed', three!.path],
      ['no-image', one!.path],
      ['no-sidecar', two!.path],
    ]);
    expect(bad.stderr).toContain('0 images are intact; problems: 3');
    const document = JSON.parse((await shop.run('verify', '--json')).stdout);
    expect(document).toMatchObject({ intact: 0, findings: [{}, {}, {}] });
    // A missing file is also reported for a single image.
    const gone = await shop.run('verify', one!.id);
    expect(gone.exit).toBe(2);
    expect(gone.stderr).toContain(basename(one!.path));
  });

  it('10: a stored PNG with incomplete pixel data', async () => {
    await using shop = await openWorkshop();
    const imageBytes = new Uint8Array(pngWith(headerChunk(64, 64, 8, 0), deflateSync(Buffer.alloc(65 * 12))));
    const provider = {
      generateImage: async () => ({ imageBytes, format: 'png', promptUsed: 'a fox', model: 'm' }) as const,
    };
    const store = shop.store();
    const { saved } = await createImageManager({ providers: { own: provider }, store }).generate({ prompt: 'a fox' });
    const path = saved[0]?.path;
    const says = 'the PNG file has the data of 12 of 64 rows';
    expect(await store.verify()).toEqual({ intact: 0, findings: [{ kind: 'damaged', path, says }] });
    await store.close();
    const { exit, stdout } = await shop.run('verify');
    expect(exit).toBe(10);
    expect(stdout.trimEnd().split(/ {2,}/)).toEqual(['damaged', path, says]);
  });

  it('finds no problem in an empty store', async () => {
    await using shop = await openWorkshop();
    const { exit, stderr } = await shop.run('verify');
    expect(exit).toBe(0);
    expect(stderr).toContain('0 images are intact');
  });
});
