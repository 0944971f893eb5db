import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as classic from 'zod';
import * as mini from 'zod/mini';
import type * as kit from '../../src/providers/kit/index.ts';
import type { ModelCard } from '../../src/providers/protocol/index.ts';
import { files } from '../providers/kit/image/samples.ts';

const card: ModelCard = {
  title: 'Host 1',
  sizes: { kind: 'list', sizes: ['64x64'] },
  formats: ['png'],
  maxImages: 1,
  maxPromptLength: 1000,
  source: 'test',
};

/** The published package bundles its own copy of zod; a provider outside of it uses schemas of another copy. */
describe('a provider with schemas of the host’s own zod', () => {
  let folder: string;
  let inside: typeof kit;

  beforeAll(async () => {
    folder = await mkdtemp(join(process.cwd(), 'node_modules/.cache-host-schemas-')); // ky and p-retry are found from here
    const outfile = join(folder, 'kit.mjs');
    const { metafile } = await build({
      entryPoints: ['src/providers/kit/index.ts'],
      outfile,
      bundle: true,
      metafile: true,
      format: 'esm',
      platform: 'neutral',
      mainFields: ['module', 'main'],
      external: ['ky', 'p-retry', 'node:*'],
      alias: { '#platform': './src/transport/platform/node.ts' },
      logLevel: 'error',
    });
    expect(Object.keys(metafile.inputs).filter((path) => path.includes('/zod/')).length).toBeGreaterThan(5);
    inside = (await import(pathToFileURL(outfile).href)) as typeof kit;
  });

  afterAll(() => rm(folder, { recursive: true, force: true }));

  /** Classic zod has every function of zod/mini that a provider uses, and more. */
  it.each([
    ['zod/mini', mini],
    ['zod', classic as unknown as typeof mini],
  ])('%s: checks options and settings, decodes blobs, reads errors', async (_, z) => {
    const responses: Response[] = [];
    const sent: unknown[] = [];
    const fetch = async (input: RequestInfo | URL, init?: RequestInit) => {
      sent.push(await new Request(input, init).json());
      return responses.shift()!;
    };
    const provider = inside
      .defineProvider({
        about: { id: 'host', title: 'Host', aliases: [], auth: { kind: 'none' } },
        baseUrl: 'https://host.invalid',
        models: { 'host-1': card },
        defaultModel: 'host-1',
        settingsSchema: z.strictObject({ region: z.optional(z.enum(['eu', 'us'])) }),
        optionsSchema: z.strictObject({ mood: z.optional(z.string()) }),
        toRequest: ({ prompt, options }) => inside.post('generate', { prompt, ...options }),
        responseSchema: z.object({ image: inside.blob(), note: z.nullish(z.string()) }),
        toImages: ({ image, note }) => [{ bytes: image, revisedPrompt: note }],
        errorSchema: z.object({ error: z.string() }),
        toError: ({ error }) => ({ message: error }),
      })
      .create({ region: 'eu', fetch });

    responses.push(Response.json({ image: Buffer.from(files.png).toString('base64'), note: 'a red fox' }));
    const { images } = await provider.generate({ prompt: 'a fox', options: { mood: 'calm' } });
    expect(images[0]).toMatchObject({ format: 'png', revisedPrompt: 'a red fox' });
    expect(sent).toEqual([{ prompt: 'a fox', mood: 'calm' }]);

    await expect(provider.generate({ prompt: 'a fox', options: { mod: 'calm' } as object })).rejects.toMatchObject({
      code: 'invalid_request',
      hint: 'Did you mean mood?',
    });
    await expect(provider.generate({ prompt: 'a fox', options: { mood: 7 as never } })).rejects.toThrow(
      /options\.mood .*string/,
    );
    responses.push(Response.json({ error: 'no such prompt' }, { status: 400 }));
    await expect(provider.generate({ prompt: 'a fox' })).rejects.toThrow(/no such prompt/);
    responses.push(Response.json({ image: 7 }));
    await expect(provider.generate({ prompt: 'a fox' })).rejects.toMatchObject({ code: 'bad_response' });
  });
});
