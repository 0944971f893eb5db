/** The provider openai at servers that are not OpenAI's: as strict as at OpenAI, and every refusal names the provider that assumes less. */
import { describe, expect, it } from 'vitest';
import { createProvider } from '../../../src/providers/registry.ts';
import { openVendor, sendJson } from '../kit/support/vendor.ts';

const KEY = 'sk-other-servers-0123456789';
const retired = { prompt: 'a red square', model: 'dall-e-3' };

describe('the provider openai at another server', () => {
  it('names openai-compatible beside its own hint in a refusal', async () => {
    const provider = createProvider('openai', { apiKey: KEY, baseUrl: 'http://127.0.0.1:9/v1' });

    await expect(provider.generate({ prompt: 'a red square', size: '512x512' })).rejects.toMatchObject({
      code: 'unsupported',
      hint: expect.stringMatching(/Pass size .*openai-compatible/),
    });
  });

  it('sends a model that OpenAI has shut down, with a warning, because a gateway may still have it', async () => {
    const provider = createProvider('openai', { apiKey: KEY, baseUrl: 'https://gateway.example.com/v1' });

    const { refusals, adaptations, requests } = await provider.plan(retired);

    expect(refusals).toEqual([]);
    expect(adaptations).toMatchObject([
      { code: 'deprecated_model', message: expect.stringMatching(/shut down by its vendor on 2026-05-12/) },
    ]);
    expect(requests).toMatchObject([{ body: { model: 'dall-e-3' } }]);
  });

  it('names openai-compatible in a plan', async () => {
    const provider = createProvider('openai', { apiKey: KEY, baseUrl: 'https://gateway.example.com/v1' });

    const { refusals } = await provider.plan({ prompt: 'a red square', size: '512x512' });

    expect(refusals).toHaveLength(1);
    expect(refusals[0]?.hint).toMatch(/openai-compatible/);
  });

  it('names it when the server refuses, and when its reply cannot be used', async () => {
    await using server = await openVendor((_, response, count) =>
      count === 1
        ? sendJson(response, { error: { message: 'no such field: output_format' } }, 400)
        : sendJson(response, { data: [{ b64_json: '' }] }),
    );
    const provider = createProvider('openai', { apiKey: KEY, baseUrl: server.url });

    for (const code of ['invalid_request', 'bad_response']) {
      await expect(provider.generate({ prompt: 'a red square' })).rejects.toMatchObject({
        code,
        hint: expect.stringMatching(/openai-compatible/),
      });
    }
  });

  it('names it when no key is set, because such servers may need none', () => {
    expect(() => createProvider('openai', { baseUrl: 'http://127.0.0.1:9/v1' })).toThrow(
      expect.objectContaining({ code: 'not_configured', hint: expect.stringMatching(/openai-compatible/) }),
    );
  });

  it('does not name it when another provider would not help', async () => {
    await using server = await openVendor((_, response) =>
      sendJson(response, { error: { message: 'wrong key', code: 'invalid_api_key' } }, 401),
    );
    const provider = createProvider('openai', { apiKey: KEY, baseUrl: server.url });

    await expect(provider.generate({ prompt: 'a red square' })).rejects.toMatchObject({
      code: 'authentication',
      hint: expect.not.stringMatching(/openai-compatible/),
    });
  });

  it('does not name it at OpenAI itself, also at its regional hosts', async () => {
    for (const settings of [{}, { baseUrl: 'https://eu.api.openai.com/v1' }]) {
      await expect(createProvider('openai', { apiKey: KEY, ...settings }).generate(retired)).rejects.toMatchObject({
        code: 'model_retired',
        hint: 'Use gpt-image-2.6-flare.',
      });
    }
  });
});
