/**
 * Sends the same call with Google's client and with ours to the same server, and compares the requests. The allowed differences are listed
 * with their reasons in `support/google-client.ts`.
 */
import {
  GoogleGenAI,
  type GoogleGenAIOptions,
  HarmBlockThreshold,
  HarmCategory,
  Modality,
  ProminentPeople,
  ThinkingLevel,
} from '@google/genai';
import { OAuth2Client } from 'google-auth-library';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MediaProvider } from '../../../src/providers/protocol/index.ts';
import { createVertex } from '../../../src/providers/vertex/index.ts';
import { encodeSketch } from '../../../src/testing/index.ts';
import { answerAsGoogle, GOOGLE_HEADERS, PLANTED } from '../support/google-client.ts';
import { type Both, type CaptureServer, captureBoth, expectParity, openCaptureServer } from '../support/wire-parity.ts';

const TOKEN = 'ya29.parity-0123456789';
const KEY = 'express-parity-0123456789';
const project = 'my-project';
const model = 'gemini-nano-banana-2.1';
const prompt = 'a red square';
const IMAGE_ONLY = { responseModalities: [Modality.IMAGE] };

let server: CaptureServer;
beforeAll(async () => {
  server = await openCaptureServer(answerAsGoogle);
});
afterAll(() => server[Symbol.asyncDispose]());

type Settings = NonNullable<Parameters<typeof createVertex>[0]>;

interface Where {
  readonly official: GoogleGenAIOptions;
  readonly ours: Settings;
}

/** A project in one location, with an existing token. */
function inProject(location = 'global', apiVersion: 'v1' | 'v1beta1' = 'v1'): Where {
  const authClient = new OAuth2Client();
  authClient.setCredentials({ access_token: TOKEN, expiry_date: Date.now() + 3_600_000 });
  return {
    official: { enterprise: true, project, location, apiVersion, googleAuthOptions: { authClient } },
    ours: { project, location, apiVersion, accessToken: TOKEN },
  };
}

const express: Where = { official: { enterprise: true, apiKey: KEY, apiVersion: 'v1' }, ours: { apiKey: KEY } };

/** Makes one call with each client. @returns both received requests */
function both(
  official: (client: GoogleGenAI) => Promise<unknown>,
  ours: (provider: MediaProvider) => Promise<unknown>,
  where: Where = inProject(),
): Promise<Both> {
  const client = new GoogleGenAI({ ...where.official, httpOptions: { baseUrl: server.origin } });
  const provider = createVertex({ ...where.ours, baseUrl: server.origin });
  return captureBoth(
    server,
    () => official(client),
    () => ours(provider),
  );
}

const plain = (where?: Where) =>
  both(
    (client) => client.models.generateContent({ model, contents: prompt, config: IMAGE_ONLY }),
    (provider) => provider.generate({ prompt }),
    where,
  );

describe('requests compared with the official client', () => {
  it.each([
    ['global', inProject('global')],
    ['global at v1beta1', inProject('global', 'v1beta1')],
    ['a region', inProject('europe-west4')],
    ['several regions', inProject('eu')],
  ])('are equal for an image from a prompt alone in %s', async (_, where) => {
    const pair = await plain(where);

    expect(pair.ours.headers.authorization).toBe(`Bearer ${TOKEN}`);
    await expectParity(pair, GOOGLE_HEADERS);
  });

  it('are equal for express mode', async () => {
    const pair = await plain(express);

    expect(pair.ours.headers['x-goog-api-key']).toBe(KEY);
    expect(pair.ours.path).not.toContain('projects/');
    await expectParity(pair, GOOGLE_HEADERS);
  });

  it('are equal for an image with every setting', async () => {
    const safetySettings = [
      {
        category: HarmCategory.HARM_CATEGORY_IMAGE_DANGEROUS_CONTENT,
        threshold: HarmBlockThreshold.BLOCK_LOW_AND_ABOVE,
      },
    ];
    await expectParity(
      await both(
        (client) =>
          client.models.generateContent({
            model,
            contents: prompt,
            config: {
              responseModalities: [Modality.TEXT, Modality.IMAGE],
              seed: 7,
              systemInstruction: 'Paint in oil.',
              safetySettings,
              thinkingConfig: { thinkingLevel: ThinkingLevel.MEDIUM },
              tools: [{ googleSearch: {} }],
              labels: { team: 'x' },
              imageConfig: {
                aspectRatio: '16:9',
                imageSize: '4K',
                personGeneration: 'ALLOW_ADULT',
                prominentPeople: ProminentPeople.BLOCK_PROMINENT_PEOPLE,
                imageOutputOptions: { mimeType: 'image/jpeg', compressionQuality: 80 },
              },
            },
          }),
        (provider) =>
          provider.generate({
            prompt,
            seed: 7,
            size: '5504x3072',
            format: 'jpeg',
            options: {
              responseModalities: ['TEXT', 'IMAGE'],
              systemInstruction: 'Paint in oil.',
              safetySettings,
              thinkingLevel: 'MEDIUM',
              googleSearch: true,
              labels: { team: 'x' },
              personGeneration: 'ALLOW_ADULT',
              prominentPeople: 'BLOCK_PROMINENT_PEOPLE',
              compressionQuality: 80,
            },
          }),
      ),
      GOOGLE_HEADERS,
    );
  });

  it('are equal for the customer’s own filter', async () => {
    const modelArmorConfig = { promptTemplateName: 'projects/my-project/locations/us/templates/t' };

    await expectParity(
      await both(
        (client) =>
          client.models.generateContent({ model, contents: prompt, config: { ...IMAGE_ONLY, modelArmorConfig } }),
        (provider) => provider.generate({ prompt, options: { modelArmorConfig } }),
      ),
      GOOGLE_HEADERS,
    );
  });

  it('are equal for an edit', async () => {
    const bytes = await encodeSketch({ $image: 'webp', width: 64, height: 64 });
    const inlineData = { mimeType: 'image/webp', data: Buffer.from(bytes).toString('base64') };

    await expectParity(
      await both(
        (client) =>
          client.models.generateContent({
            model,
            contents: [{ role: 'user', parts: [{ text: 'make it blue' }, { inlineData }] }],
            config: { ...IMAGE_ONLY, imageConfig: { imageOutputOptions: { mimeType: 'image/png' } } },
          }),
        (provider) => provider.edit({ prompt: 'make it blue', inputImages: [bytes], format: 'png' }),
      ),
      GOOGLE_HEADERS,
    );
  });

  it.each([
    ['a project', inProject()],
    ['express mode', express],
  ])('are equal for counting tokens in %s, which is our health check', async (_, where) => {
    await expectParity(
      await both(
        (client) => client.models.countTokens({ model, contents: 'a' }),
        (provider) => provider.healthCheck(),
        where,
      ),
      GOOGLE_HEADERS,
    );
  });
});

describe('the comparison', () => {
  it.each([
    ...PLANTED,
    ['another project', (ours) => ({ ...ours, path: ours.path.replace(project, 'other') })],
    ['another token', (ours) => ({ ...ours, headers: { ...ours.headers, authorization: 'Bearer other' } })],
    ['a key beside the token', (ours) => ({ ...ours, headers: { ...ours.headers, 'x-goog-api-key': KEY } })],
  ] satisfies typeof PLANTED)('finds %s', async (_, plant) => {
    const { official, ours } = await plain();

    await expectParity({ official, ours }, GOOGLE_HEADERS);
    await expect(expectParity({ official, ours: plant(ours) }, GOOGLE_HEADERS)).rejects.toThrow();
  });
});
