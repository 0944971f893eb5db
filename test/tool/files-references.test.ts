import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { link, mkdir, mkdtemp, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resolveReference, resolveReferences } from '../../src/tool/files/resolve-references.ts';
import { errorOf, plainPng, storeOf } from './files-support.ts';

const FOX = 'f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0';
const OWL = '0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a';

let folder: string;
let root: string;
let other: string;
let secret: Uint8Array<ArrayBuffer>;
let inside: Uint8Array<ArrayBuffer>;
let stored: Record<string, Uint8Array<ArrayBuffer>>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ai-image-references-'));
  root = join(folder, 'project');
  other = join(folder, 'uploads');
  await mkdir(join(root, 'art'), { recursive: true });
  await mkdir(other);
  await mkdir(join(folder, 'private'));
  inside = await plainPng(8, 8, 10);
  secret = await plainPng(9, 9, 20);
  stored = { [FOX]: await plainPng(4, 4, 30), [OWL]: await plainPng(5, 5, 40) };
  await writeFile(join(root, 'art', 'fox.png'), inside);
  await writeFile(join(root, 'fox; rm -rf $(pwd) `id`.png'), inside);
  await writeFile(join(root, 'notes.txt'), 'password=hunter2');
  await writeFile(join(root, 'drawing.svg'), '<svg xmlns="http://www.w3.org/2000/svg" width="4" height="4"/>');
  await writeFile(join(root, 'empty.png'), '');
  await writeFile(join(root, 'cut.png'), inside.subarray(0, 40));
  await writeFile(join(other, 'owl.png'), inside);
  await writeFile(join(folder, 'private', 'secret.png'), secret);
  await symlink(join(folder, 'private', 'secret.png'), join(root, 'link.png'));
  await symlink(join(folder, 'private'), join(root, 'linked'));
  await symlink(join(folder, 'nowhere.png'), join(root, 'dangling.png'));
  await symlink(join(other, 'owl.png'), join(root, 'owl.png'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const sources = (changes: object = {}) => ({
  ...{ store: storeOf(stored), roots: [root, other], hosts: ['images.example.com'] },
  ...changes,
});
const read = (reference: string, changes?: object) =>
  resolveReference(reference, 'reference_images[0]', sources(changes));
const refusal = (reference: string, changes?: object) => errorOf(read(reference, changes));

describe('a stored image', () => {
  it('is found by its id, and is a parent of the new image', async () => {
    await expect(resolveReferences([FOX, `imagen://images/${OWL}`, FOX], sources())).resolves.toEqual({
      inputImages: [stored[FOX], stored[OWL], stored[FOX]],
      parents: [FOX, OWL],
    });
  });

  it('is meant by `last`: the newest of these tools, else the newest of the store', async () => {
    await expect(read('last')).resolves.toEqual({ input: stored[FOX], id: FOX });
    await expect(read('last', { lastId: OWL })).resolves.toEqual({ input: stored[OWL], id: OWL });
  });

  it('is not meant by `last` while there is none', async () => {
    const error = await refusal('last', { store: storeOf({}) });
    expect(error).toMatchObject({ code: 'invalid_request', charged: 'no' });
    expect(error.message).toContain('there is no image yet');
  });

  it('that does not exist is refused in the words of the tool', async () => {
    const error = await refusal('11111111111111111111111111111111');
    expect(error).toMatchObject({ code: 'invalid_request', charged: 'no' });
    expect(error.message).toMatch(/^reference_images\[0\] .* is not the id of a stored image/);
    expect(error.hint).toContain('search_images');
  });
});

describe('a file', () => {
  it('is read by a path in the first folder, an absolute path in any folder, and a file: link', async () => {
    for (const path of ['art/fox.png', './art/fox.png', join(root, 'art/fox.png'), join(other, 'owl.png')]) {
      expect(await read(path), path).toEqual({ input: inside });
    }
    expect(await read(pathToFileURL(join(root, 'art', 'fox.png')).href)).toEqual({ input: inside });
  });

  it('is read through a link from one allowed folder to another', async () => {
    expect(await read('owl.png')).toEqual({ input: inside });
  });

  it('L02: is refused outside of the folders, by every spelling, and none tells whether it exists', async () => {
    const paths = [
      ...['~/.aws/credentials', join(homedir(), '.aws/credentials'), '/proc/self/environ', '/etc/passwd', '/dev/zero'],
      ...['../private/secret.png', 'art/../../private/secret.png', '..', '../', '.', '/', relative(root, '/etc/hosts')],
      ...['link.png', 'linked/secret.png', 'linked/../private/secret.png', 'dangling.png', 'missing.png'],
      ...[join(folder, 'private/secret.png'), join(folder, 'private/missing.png'), `${root}-else/fox.png`],
      ...[pathToFileURL(join(folder, 'private/secret.png')).href, 'file:///etc/passwd', 'art/fox.png/../../../x'],
    ];
    const phrases = new Set<string>();
    for (const path of paths) {
      const error = await refusal(path);
      expect(error, path).toMatchObject({ code: 'invalid_request', charged: 'no' });
      phrases.add(error.message.replace(/^reference_images\[0\] (?:".*" )?/, ''));
      expect(`${error.message} ${error.hint} ${error.cause}`, path).not.toMatch(/hunter2|root:/);
    }
    expect([...phrases]).toEqual(['is not a file in the allowed folders "project", "uploads".']);
  });

  it('L14: is named in the error only as the agent named it, and folders without their path', async () => {
    for (const path of ['link.png', 'linked/secret.png', 'notes.txt', 'art', 'missing.png']) {
      const error = await refusal(path);
      expect(`${error.message} ${error.hint} ${String(error.cause)}`, path).not.toContain(folder);
    }
  });

  it('L02: is used only if its bytes are a complete image, and never quoted', async () => {
    for (const path of ['notes.txt', 'drawing.svg', 'empty.png', 'cut.png']) {
      const error = await refusal(path);
      expect(error, path).toMatchObject({ code: 'invalid_request', charged: 'no' });
      expect(error.message, path).toMatch(/^reference_images\[0\] is not an image that can be used: it /);
      expect(error.message, path).not.toContain('hunter2');
    }
  });

  it('L02: is refused as a folder, a pipe, and a file that is too large, without reading it', async () => {
    execFileSync('mkfifo', [join(root, 'pipe.png')]);
    const huge = join(root, 'huge.png');
    await writeFile(huge, inside);
    await truncate(huge, 64 * 1024 * 1024 + 1);
    expect((await refusal('art')).message).toBe('reference_images[0] is not a regular file.');
    expect((await refusal('pipe.png')).message).toBe('reference_images[0] is not a regular file.');
    expect((await refusal('huge.png')).message).toContain('has over 67108864 bytes');
  });

  it('L02: of the system is no image, even if the host allows every folder', async () => {
    const error = await refusal('/proc/self/environ', { roots: ['/'] });
    expect(error.message).toContain('is not an image that can be used');
    expect((await refusal('/dev/zero', { roots: ['/'] })).message).toContain('is not a regular file');
  });

  it('is refused without allowed folders, and in folders that do not exist', async () => {
    expect((await refusal('art/fox.png', { roots: [] })).message).toContain('no folder is allowed here');
    expect((await refusal('fox.png', { roots: [join(folder, 'gone')] })).message).toContain('allowed folder "gone"');
  });

  it('L16: may have any characters in its name: no shell sees it', async () => {
    expect(await read('fox; rm -rf $(pwd) `id`.png')).toEqual({ input: inside });
    expect(await readFile(join(root, 'art', 'fox.png'))).toHaveLength(inside.length);
  });

  it('L01: outside of the folders is never read, whatever the path is made of', async () => {
    const parts = [
      '..',
      '.',
      '',
      'art',
      'linked',
      'link.png',
      'fox.png',
      'private',
      'secret.png',
      'project',
      '~',
      '%2e',
    ];
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom(...parts), { maxLength: 8 }),
        fc.boolean(),
        async (path, isAbsolute) => {
          const found = await read(`${isAbsolute ? folder : ''}/${path.join('/')}`.slice(isAbsolute ? 0 : 1)).catch(
            () => undefined,
          );
          expect(
            found === undefined || found.input === undefined || Buffer.from(inside).equals(found.input as Uint8Array),
          ).toBe(true);
        },
      ),
      { numRuns: 400 },
    );
  });

  it('L02: outside is not read while a folder is exchanged for a link', async () => {
    const place = join(root, 'place');
    const stop = new Int32Array(new SharedArrayBuffer(4));
    await mkdir(join(root, 'real'));
    await link(join(root, 'art', 'fox.png'), join(root, 'real', 'secret.png'));
    await symlink(join(folder, 'private'), join(root, 'trap'));
    // A thread, because only the time between two operations of the reader is of use.
    const exchanging = new Worker(
      `const { renameSync } = require('node:fs');
       const { real, trap, place, stop } = require('node:worker_threads').workerData;
       while (Atomics.load(stop, 0) === 0) for (const each of [real, trap]) { renameSync(each, place); renameSync(place, each); }`,
      { eval: true, workerData: { real: join(root, 'real'), trap: join(root, 'trap'), place, stop } },
    );
    const ended = once(exchanging, 'exit');
    await once(exchanging, 'online');
    const seen: Uint8Array[] = [];
    for (let round = 0; round < 2_000; round++) {
      const found = await read('place/secret.png').catch(() => undefined);
      if (found !== undefined) seen.push(found.input as Uint8Array);
    }
    Atomics.store(stop, 0, 1);
    await ended;
    expect(seen.filter((bytes) => Buffer.from(secret).equals(bytes))).toEqual([]);
  });
});

describe('a link', () => {
  it('is passed on if its host is allowed', async () => {
    for (const text of [
      'https://images.example.com/a.png?x=1',
      'HTTPS://IMAGES.EXAMPLE.COM/a.png',
      'https://images.example.com:443/a',
    ]) {
      expect(await read(text), text).toEqual({ input: new URL(text).href });
    }
    expect(await read('https://images.example.com:8443/a.png', { hosts: ['Images.example.com:8443'] })).toBeDefined();
  });

  it('L03: is refused for other hosts, ports and protocols, and with credentials', async () => {
    const links = [
      ...['http://169.254.169.254/latest/meta-data/', 'https://169.254.169.254/', 'http://images.example.com/a.png'],
      ...[
        'https://images.example.com.evil.test/a.png',
        'https://images.example.com:8443/a.png',
        'https://images.example.com./',
      ],
      ...['https://user:word@images.example.com/a.png', 'https://images.example.com@evil.test/', 'https://[::1]/a.png'],
      ...[
        'https:',
        'https://',
        'ftp://images.example.com/a.png',
        'gopher://x',
        'javascript:alert(1)',
        'blob:https://x/y',
      ],
      ...['https://images.example.com\\@evil.test/x', 'imagen://images/../../etc/passwd', 'imagen://jobs/12345678'],
    ];
    for (const text of links) {
      const found = await read(text).then(
        ({ input }) => input,
        (error) => error,
      );
      // A backslash is a slash in a link: the host is still the allowed one.
      if (typeof found === 'string') expect(new URL(found).host, text).toBe('images.example.com');
      else expect(found, text).toMatchObject({ code: 'invalid_request', charged: 'no' });
    }
    expect((await refusal('https://images.example.com/a.png', { hosts: [] })).message).toContain('not allowed here');
  });
});

describe('a data: link', () => {
  const toLink = (bytes: Uint8Array) => `data:image/png;base64,${Buffer.from(bytes).toString('base64')}`;

  it('is decoded', async () => expect(await read(toLink(inside))).toEqual({ input: inside }));

  it('is refused if it holds no image, or is too long', async () => {
    const links = [
      ...[
        'data:',
        'data:image/png;base64,',
        'data:image/png,abc',
        'data:text/html;base64,PGI+',
        'data:image/png;base64,@@@',
      ],
      ...[toLink(Buffer.from('password=hunter2')), toLink(inside.subarray(0, 40))],
      `data:image/png;base64,${'A'.repeat(90_000_000)}`,
    ];
    for (const text of links) {
      const error = await refusal(text);
      expect(error, text.slice(0, 40)).toMatchObject({ code: 'invalid_request', charged: 'no' });
      expect(error.message.length, text.slice(0, 40)).toBeLessThan(300);
    }
  });
});

describe('references', () => {
  it('are at most 16, and of limited length', async () => {
    expect((await errorOf(resolveReferences(Array(17).fill(FOX), sources()))).message).toContain('has 17 images');
    expect((await refusal('a/'.repeat(3000))).message).toContain('longer than 4096');
    expect((await refusal('a\0b')).message).toContain('NUL');
    expect((await refusal('  ')).message).toContain('is empty');
  });

  it('name the one that is wrong', async () => {
    const error = await errorOf(resolveReferences([FOX, 'missing.png'], sources()));
    expect(error.message).toMatch(/^reference_images\[1\] /);
  });

  it('never fail with another error than `invalid_request`', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary-ascii', maxLength: 60 }), async (text) => {
        const found = await read(text).catch((error) => error.code);
        expect(typeof found === 'object' || found === 'invalid_request').toBe(true);
      }),
      { numRuns: 200 },
    );
  });
});
