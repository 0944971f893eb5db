import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { afterEach, describe, expect, it } from 'vitest';
import type { createFal } from '../../src/providers/fal/index.ts';
import type { createOpenAI } from '../../src/providers/openai/index.ts';
import { files } from '../providers/kit/image/samples.ts';

/** A page that was opened before a new version was deployed: chunks that it has not loaded yet no longer exist. */
describe('a page whose further chunks are gone', () => {
  const folders: string[] = [];
  afterEach(async () => {
    for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
  });

  /** Bundles the library in chunks and deletes one of them: the one that checks formats other than PNG, or another. */
  async function openPage(chunk = 'check-raster-'): Promise<typeof createOpenAI> {
    const page = await openPageOf('openai', chunk);
    return (page as { createOpenAI: typeof createOpenAI }).createOpenAI;
  }

  async function openPageOf(id: string, chunk: string): Promise<unknown> {
    const outdir = await mkdtemp(join(tmpdir(), 'ai-image-page-'));
    folders.push(outdir);
    await build({
      entryPoints: [`src/providers/${id}/index.ts`],
      outdir,
      outExtension: { '.js': '.mjs' },
      bundle: true,
      splitting: true,
      format: 'esm',
      platform: 'browser',
      alias: { '#platform': './src/transport/platform/web.ts' },
      logLevel: 'error',
    });
    const deleted = (await readdir(outdir)).filter((name) => name.startsWith(chunk));
    expect(deleted).not.toEqual([]);
    for (const name of deleted) await rm(join(outdir, name));
    return import(pathToFileURL(join(outdir, 'index.mjs')).href);
  }

  const answerWith = (image: Uint8Array) => {
    const sent: unknown[] = [];
    const fetch = async (input: unknown) => {
      sent.push(input);
      return Response.json({ data: [{ b64_json: Buffer.from(image).toString('base64') }] });
    };
    return { fetch: fetch as typeof globalThis.fetch, sent };
  };

  it('still generates PNG images', async () => {
    const { fetch } = answerWith(files.png);
    const { images } = await (await openPage())({ apiKey: 'k', fetch }).generate({ prompt: 'a fox' });

    expect(images[0].format).toBe('png');
  });

  it('keeps a paid image whose format it cannot check', async () => {
    const { fetch } = answerWith(files.webp);
    const error = await (await openPage())({ apiKey: 'k', fetch })
      .generate({ prompt: 'a fox' })
      .catch((it) => it);

    expect(error).toMatchObject({ code: 'internal', charged: 'yes' });
    expect(error.message).toContain('checks could not be loaded');
    expect(Buffer.from(error.quarantine[0])).toEqual(Buffer.from(files.webp));
  });

  it('sends nothing if it could not check the requested format', async () => {
    const { fetch, sent } = answerWith(files.webp);
    const provider = (await openPage())({ apiKey: 'k', fetch });
    const error = await provider.generate({ prompt: 'a fox', format: 'webp' }).catch((it) => it);

    expect(error).toMatchObject({ code: 'internal', charged: 'no' });
    expect(sent).toEqual([]);
  });

  it('sends nothing if it could not check a requested SVG, and still checks other formats', async () => {
    const { fetch, sent } = answerWith(files.webp);
    const provider = (await openPage('check-image-'))({ apiKey: 'k', fetch });
    const error = await provider
      .generate({ prompt: 'a fox', model: 'gpt-image-2.6-flare', format: 'svg', options: { svg: { model: 'm' } } })
      .catch((it) => it);

    expect(error).toMatchObject({ code: 'internal', charged: 'no' });
    expect(sent).toEqual([]);
    expect((await provider.generate({ prompt: 'a fox', format: 'webp' })).images[0].format).toBe('webp');
  });

  it('sends nothing if it could not load the code of a feature', async () => {
    const { fetch, sent } = answerWith(files.png);
    const provider = (await openPage('stream-'))({ apiKey: 'k', fetch });
    const consume = async () => {
      for await (const _ of provider.stream!({ prompt: 'a fox' }));
    };
    await expect(consume()).rejects.toMatchObject({
      code: 'internal',
      charged: 'no',
      message: 'openai: the code for stream could not be loaded',
    });
    expect(sent).toEqual([]);
  });

  it.each(['download-', 'free-request-', 'address-'])(
    'sends nothing if the images would arrive as links and the chunk %s is gone',
    async (chunk) => {
      const { fetch, sent } = answerWith(files.png);
      const page = (await openPageOf('fal', chunk)) as { createFal: typeof createFal };
      const error = await page
        .createFal({ apiKey: 'k', fetch })
        .generate({ prompt: 'a fox' })
        .catch((it) => it);

      expect(error).toMatchObject({ code: 'internal', charged: 'no', job: undefined });
      expect(error.message).toMatch(/code that fetches results could not be loaded. Nothing was sent/);
      expect(error.hint).toMatch(/may have replaced its files/);
      expect(sent).toEqual([]);
    },
  );

  it('needs no such chunk from a provider whose replies hold the images', async () => {
    const { fetch } = answerWith(files.png);
    const { images } = await (await openPage('download-'))({ apiKey: 'k', fetch }).generate({ prompt: 'a fox' });
    expect(images[0].format).toBe('png');
  });

  it.each([
    ['further-fields-', 'the fields of this request', { prompt: 'a fox', size: 'square' }],
    ['read-files-', 'input images', { prompt: 'a fox', inputImages: [files.png] }],
    ['masks-', 'masks', { prompt: 'a fox', inputImages: [files.png], mask: files.png }],
  ] as const)('sends nothing if the chunk %s is missing and the request needs it', async (chunk, code, request) => {
    const { fetch, sent } = answerWith(files.png);
    const provider = (await openPage(chunk))({ apiKey: 'k', fetch });

    await expect(provider.generate(request)).rejects.toMatchObject({
      code: 'internal',
      charged: 'no',
      message: `openai: the code for ${code} could not be loaded`,
    });
    expect(sent).toEqual([]);
    expect((await provider.generate({ prompt: 'a fox', format: 'png' })).images[0].format).toBe('png');
  });

  it('sends nothing if the defaults of generateImage cannot be loaded', async () => {
    const { fetch, sent } = answerWith(files.png);
    const provider = (await openPage('further-fields-'))({ apiKey: 'k', fetch });

    await expect(provider.generateImage('a fox')).rejects.toMatchObject({ code: 'internal', charged: 'no' });
    expect(sent).toEqual([]);
  });
});
