/** Addresses and credentials: by location and project with a token, or in express mode with a key. */
import { describe, expect, it } from 'vitest';
import { bySettings } from '../../../src/providers/kit/adapter/provider-definition.ts';
import { createVertex, vertex } from '../../../src/providers/vertex/index.ts';
import { openVendor, sendJson, WHITE_PNG } from '../kit/support/vendor.ts';

const project = 'my-project';
const accessToken = 'ya29.token-0123456789';
const apiKey = 'express-key-0123456789';

const drawn = {
  candidates: [{ content: { parts: [{ inlineData: { mimeType: 'image/png', data: WHITE_PNG.toString('base64') } }] } }],
};

async function urlOf(settings: Parameters<typeof createVertex>[0]): Promise<string | undefined> {
  return (await createVertex(settings).plan({ prompt: 'a fox' })).requests[0]?.url;
}

describe('the host', () => {
  it.each([
    ['global', 'https://aiplatform.googleapis.com'],
    ['us', 'https://aiplatform.us.rep.googleapis.com'],
    ['eu', 'https://aiplatform.eu.rep.googleapis.com'],
    ['europe-west4', 'https://europe-west4-aiplatform.googleapis.com'],
  ])('of %s is %s', async (location, origin) => {
    expect(bySettings(vertex.definition.baseUrl, { location })).toBe(origin);
    expect(await urlOf({ project, accessToken, location })).toBe(
      `${origin}/v1/projects/my-project/locations/${location}/publishers/google/models/gemini-nano-banana-2.1:generateContent`,
    );
  });

  it.each(['x.evil.example/', 'me@evil', 'EU', '', 'a'.repeat(64)])('is never built from %j', (location) => {
    expect(() => createVertex({ project, accessToken, location })).toThrow(/setting location/);
  });

  it.each(['../other', 'my project', 'a/b', 'a?b'])('refuses the project %j', (odd) => {
    expect(() => createVertex({ project: odd, accessToken })).toThrow(/setting project/);
  });
});

describe('express mode', () => {
  it('has no project in the path, the key in a header only, and no token (K11)', async () => {
    await using vendor = await openVendor((_, response) => sendJson(response, drawn));
    await createVertex({ apiKey, baseUrl: vendor.url }).generate({ prompt: 'a fox' });
    const [{ path, headers, body } = expect.unreachable()] = vendor.received;
    expect(path).toBe('/v1/v1/publishers/google/models/gemini-nano-banana-2.1:generateContent');
    expect([headers['x-goog-api-key'], headers.authorization]).toEqual([apiKey, undefined]);
    expect(path + body).not.toContain(apiKey);
  });

  it('is not used with a project: the token is sent then, and the key is not', async () => {
    await using vendor = await openVendor((_, response) => sendJson(response, drawn));
    await createVertex({ apiKey, project, accessToken, baseUrl: vendor.url }).generate({ prompt: 'a fox' });
    const [{ headers } = expect.unreachable()] = vendor.received;
    expect([headers['x-goog-api-key'], headers.authorization]).toEqual([undefined, `Bearer ${accessToken}`]);
  });

  it('is refused with a location, because data that must stay in a region would go to the global address', () => {
    expect(() => createVertex({ apiKey, location: 'eu' })).toThrow(/project is missing.*global endpoint/);
  });
});

describe('a credential', () => {
  it('is required', () => {
    expect(() => createVertex({})).toThrow(/no key is set/);
    expect(() => createVertex({ credentialsFile: '/home/me/key.json' })).toThrow(/no key is set/);
    expect(() => createVertex({ project })).not.toThrow(); // the credentials of the machine
  });

  it.each([{ accessToken }, { credentials: '{}' }, { accessToken, apiKey }])(
    'needs a project if it is a token: %o',
    (settings) => {
      expect(() => createVertex(settings)).toThrow(/project is missing.*GOOGLE_CLOUD_PROJECT/);
    },
  );

  it('may be a function that returns a token for each request', async () => {
    await using vendor = await openVendor((_, response) => sendJson(response, drawn));
    const tokens = ['ya29.token-1', 'ya29.token-2'];
    const provider = createVertex({
      project,
      baseUrl: vendor.url,
      accessToken: async () => tokens.shift() ?? '',
    });
    await provider.generate({ prompt: 'a fox' });
    await provider.generate({ prompt: 'a fox' });
    expect(vendor.received.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer ya29.token-1',
      'Bearer ya29.token-2',
    ]);
  });

  it.each([
    { tokenUrl: 'http://tokens.example/token' },
    { tokenUrl: 'https://me@tokens.example/token' },
    { metadataUrl: 'http://169.254.169.254/latest' },
  ])('is not sent to an address like %o', (settings) => {
    expect(() => createVertex({ project, ...settings })).toThrow(/setting (?:tokenUrl|metadataUrl) must be/);
  });
});
