import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { afterEach, describe, expect, it } from 'vitest';
import type { createOpenAI } from '../../src/providers/openai/index.ts';
import { files } from '../providers/kit/image/samples.ts';

/** A page that was opened before a new version was deployed: chunks that it has not loaded yet no longer exist. */
describe('a page whose further chunks are gone', () => {
  const folders: string[] = [];
  afterEach(async () => {
    for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
  });

  /** Bundles the library in chunks and deletes one of them: the one that checks formats other than PNG, or another. */
  async function openPage(chunk = 'check-image-'): Promise<typeof createOpenAI> {
    const outdir = await mkdtemp(join(tmpdir(), 'ai-image-page-'));
    folders.push(outdir);
    await build({
      entryPoints: ['src/providers/openai/index.ts'],
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
    return ((await import(pathToFileURL(join(outdir, 'index.mjs')).href)) as { createOpenAI: typeof createOpenAI })
      .createOpenAI;
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
});
