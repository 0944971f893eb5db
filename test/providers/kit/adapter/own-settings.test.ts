/** A provider whose address, credential, model names and questions depend on settings of its own. */
import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { ownAuth } from '../../../../src/providers/kit/adapter/about.ts';
import { bearerAuth, dataUrl, defineProvider, get, headerAuth, post } from '../../../../src/providers/kit/index.ts';
import type { ModelCard } from '../../../../src/providers/protocol/index.ts';
import { openVendor, sampleAbout, sampleCard, sampleParts, sendJson, WHITE_PNG } from '../support/vendor.ts';

const settled = defineProvider({
  ...sampleParts,
  about: { ...sampleAbout, auth: ownAuth(['SAMPLE_API_KEY'], ['token']) },
  settingsSchema: z.strictObject({
    region: z._default(z.string(), 'north'),
    token: z.optional(z.string()),
    family: z.optional(z.string()),
  }),
  baseUrl: ({ region }) => `https://${region}.sample.invalid`,
  toAuth: ({ apiKey, token }) => (token === undefined ? headerAuth('x-key', apiKey ?? '') : bearerAuth(token)),
  toModel: (asked, { family }) => ({ model: asked ?? 'mine', ...(family !== undefined && { card: family }) }),
  models: { 'sample-1': sampleCard, 'sample-2': { ...sampleCard, maxPromptLength: 5 } } as Readonly<
    Record<string, ModelCard>
  >,
  toRequest: ({ model, prompt, settings }) => post(`${settings.region}/${model}`, { prompt }),
  toEdit: ({ inputs }) => post('edits', { image: dataUrl(inputs[0]) }),
  health: ({ region }) => get(`${region}/health`),
  toImages: ({ images }, { settings }) => images.map((bytes) => ({ bytes, revisedPrompt: settings.region })),
});

describe('a provider with settings of its own', () => {
  it('plans requests for the URL in the settings', async () => {
    const { requests, model } = await settled.create({ apiKey: 'sample-key-0123456789' }).plan({ prompt: 'x' });
    expect([requests[0]?.url, model]).toEqual(['https://north.sample.invalid/north/mine', 'mine']);
  });

  it('passes them to requests, replies and free requests, and sends the credential they select', async () => {
    await using vendor = await openVendor((_, response) =>
      sendJson(response, { images: [WHITE_PNG.toString('base64')] }),
    );
    const common = { baseUrl: vendor.url, region: 'south' };
    const withKey = settled.create({ ...common, apiKey: 'sample-key-0123456789' });
    const withToken = settled.create({ ...common, token: 'sample-token-0123456789' });
    const { images } = await withKey.generate({ prompt: 'x' });
    await withToken.healthCheck();
    expect(images[0].revisedPrompt).toBe('south');
    const [first, second] = vendor.received;
    expect([first?.path, first?.headers['x-key']]).toEqual(['/v1/south/mine', 'sample-key-0123456789']);
    expect([second?.path, second?.headers.authorization]).toEqual([
      '/v1/south/health',
      'Bearer sample-token-0123456789',
    ]);
  });

  it('accepts settings that replace the key, and requires one of them', () => {
    expect(() => settled.create({ token: 'sample-token-0123456789' })).not.toThrow();
    expect(() => settled.create({})).toThrow(/no key is set/);
  });

  it('uses the card that the settings name for a custom model name, else says which card it used', async () => {
    const apiKey = 'sample-key-0123456789';
    const named = await settled.create({ apiKey, family: 'sample-2' }).plan({ prompt: 'too long', model: 'my-model' });
    expect(named).toMatchObject({ model: 'my-model', refusals: [{ field: 'prompt' }], adaptations: [] });
    const unnamed = await settled.create({ apiKey }).plan({ prompt: 'too long', model: 'my-model' });
    expect(unnamed).toMatchObject({
      refusals: [],
      adaptations: [{ code: 'unknown_model', message: expect.stringMatching(/sample-1/) }],
    });
  });
});
