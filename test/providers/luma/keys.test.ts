/** Luma has two products with separate keys. Each product receives its own key, and a missing key is named before anything is sent. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { getProvider } from '../../../src/index.ts';
import { createLuma } from '../../../src/providers/luma/index.ts';
import { type CaptureServer, openCaptureServer } from '../support/wire-parity.ts';

const keys = { apiKey: 'luma-agents-0123456789', photonApiKey: 'luma-photon-0123456789' };

let server: CaptureServer;
beforeEach(async () => {
  server = await openCaptureServer((_, response) => {
    const job = { id: 'g1', state: 'failed', failure_reason: 'out of memory' };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(job));
  });
});
afterEach(() => server[Symbol.asyncDispose]());

const urls = () => ({
  baseUrl: `${server.origin}/v1`,
  photonUrl: `${server.origin}/dream-machine/v1`,
  limits: { minPollIntervalMs: 10 },
});

it.each([
  ['uni-1', '/v1/', keys.apiKey],
  ['photon-1', '/dream-machine/v1/', keys.photonApiKey],
])('sends %s its own key, with the submit and each poll', async (model, path, key) => {
  await expect(createLuma({ ...keys, ...urls() }).generate({ prompt: 'a fox', model })).rejects.toMatchObject({
    code: 'no_image',
  });
  expect(server.captured).toHaveLength(2);
  for (const seen of server.captured) {
    expect(seen.path.startsWith(path)).toBe(true);
    expect(seen.headers.authorization).toBe(`Bearer ${key}`);
  }
});

it('names the key that Photon needs, and sends nothing', async () => {
  const luma = createLuma({ apiKey: keys.apiKey, ...urls() });
  await expect(luma.generate({ prompt: 'a fox', model: 'photon-1' })).rejects.toMatchObject({
    code: 'invalid_request',
    hint: expect.stringContaining('photonApiKey'),
  });
  expect(server.captured).toEqual([]);
});

it('works with the Photon key alone', async () => {
  const luma = createLuma({ photonApiKey: keys.photonApiKey, ...urls() });
  await expect(luma.generate({ prompt: 'a fox', model: 'photon-flash-1' })).rejects.toMatchObject({ code: 'no_image' });
  expect(server.captured[0]?.headers.authorization).toBe(`Bearer ${keys.photonApiKey}`);
});

it('refuses an unencrypted address for the key', () => {
  const create = () => createLuma({ ...keys, photonUrl: 'http://api.lumalabs.ai/dream-machine/v1' });
  expect(create).toThrow(/setting photonUrl .* is not https/);
});

it('reads the Photon key from the environment when the other key is passed', async () => {
  vi.stubEnv('LUMAAI_API_KEY', keys.photonApiKey);
  try {
    const luma = getProvider('luma', { apiKey: keys.apiKey, ...urls() });
    await expect(luma.generate({ prompt: 'a fox', model: 'photon-1' })).rejects.toMatchObject({ code: 'no_image' });
    expect(server.captured[0]?.headers.authorization).toBe(`Bearer ${keys.photonApiKey}`);
  } finally {
    vi.unstubAllEnvs();
  }
});
