/**
 * Sends the same call with Google's client and with ours to the same server, and compares the requests. The allowed differences are listed
 * with their reasons in `support/google-client.ts`.
 */
import { GoogleGenAI, HarmBlockThreshold, HarmCategory, Modality, ThinkingLevel } from '@google/genai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createGoogleGemini } from '../../../src/providers/google-gemini/index.ts';
import type { MediaProvider } from '../../../src/providers/protocol/index.ts';
import { encodeSketch } from '../../../src/testing/index.ts';
import { answerAsGoogle, GOOGLE_DIFFERENCES, GOOGLE_HEADERS, PLANTED } from '../support/google-client.ts';
import {
  type Both,
  type CaptureServer,
  captureBoth,
  expectParity,
  openCaptureServer,
  USUAL_DIFFERENCES,
} from '../support/wire-parity.ts';

const KEY = 'gemini-parity-0123456789';
const model = 'gemini-nano-banana-2.1';
const prompt = 'a red square';
const IMAGE_ONLY = { responseModalities: [Modality.IMAGE] };

let server: CaptureServer;
beforeAll(async () => {
  server = await openCaptureServer(answerAsGoogle);
});
afterAll(() => server[Symbol.asyncDispose]());

type Version = 'v1' | 'v1beta';

/** Makes one call with each client, with the same API version. @returns both received requests */
function both(
  official: (client: GoogleGenAI) => Promise<unknown>,
  ours: (provider: MediaProvider) => Promise<unknown>,
  apiVersion: Version = 'v1beta',
): Promise<Both> {
  const client = new GoogleGenAI({ apiKey: KEY, apiVersion, httpOptions: { baseUrl: server.origin } });
  const provider = createGoogleGemini({ apiKey: KEY, baseUrl: server.origin, apiVersion });
  return captureBoth(
    server,
    () => official(client),
    () => ours(provider),
  );
}

const plain = (version?: Version) =>
  both(
    (client) => client.models.generateContent({ model, contents: prompt, config: IMAGE_ONLY }),
    (provider) => provider.generate({ prompt }),
    version,
  );

describe('requests compared with the official client', () => {
  it.each(['v1', 'v1beta'] as const)('are equal for an image from a prompt alone at %s', async (version) => {
    const pair = await plain(version);

    expect(pair.ours.headers['x-goog-api-key']).toBe(KEY);
    expect(pair.ours.path).not.toContain(KEY);
    await expectParity(pair, GOOGLE_HEADERS);
  });

  it('are equal for an image with every setting', async () => {
    const categories = [
      HarmCategory.HARM_CATEGORY_HARASSMENT,
      HarmCategory.HARM_CATEGORY_HATE_SPEECH,
      HarmCategory.HARM_CATEGORY_SEXUALLY_EXPLICIT,
      HarmCategory.HARM_CATEGORY_DANGEROUS_CONTENT,
    ];
    const pair = await both(
      (client) =>
        client.models.generateContent({
          model: 'gemini-3-pro-image',
          contents: prompt,
          config: {
            responseModalities: [Modality.TEXT, Modality.IMAGE],
            seed: 0,
            systemInstruction: 'Paint in oil.',
            safetySettings: categories.map((category) => ({ category, threshold: HarmBlockThreshold.BLOCK_ONLY_HIGH })),
            thinkingConfig: { thinkingLevel: ThinkingLevel.HIGH },
            tools: [{ googleSearch: {} }],
            imageConfig: { aspectRatio: '16:9', imageSize: '2K' },
          },
        }),
      (provider) =>
        provider.generate({
          model: 'gemini-3-pro-image',
          prompt,
          seed: 0,
          safety: 'relaxed',
          aspectRatio: '16:9',
          quality: 'hd',
          options: {
            responseModalities: ['TEXT', 'IMAGE'],
            systemInstruction: 'Paint in oil.',
            thinkingLevel: 'HIGH',
            googleSearch: true,
          },
        }),
    );

    expect(GOOGLE_DIFFERENCES.safety).toContain('one entry for each category');
    await expectParity(pair, GOOGLE_HEADERS);
  });

  it('are equal for the safety settings of each category', async () => {
    const threshold = HarmBlockThreshold.OFF;
    const category = HarmCategory.HARM_CATEGORY_CIVIC_INTEGRITY;

    await expectParity(
      await both(
        (client) =>
          client.models.generateContent({
            model,
            contents: prompt,
            config: { ...IMAGE_ONLY, safetySettings: [{ category, threshold }] },
          }),
        (provider) => provider.generate({ prompt, options: { safetySettings: [{ category, threshold }] } }),
      ),
      GOOGLE_HEADERS,
    );
  });

  it('are equal for an edit of two images', async () => {
    const [png, jpeg] = [
      await encodeSketch({ $image: 'png', width: 64, height: 64 }),
      await encodeSketch({ $image: 'jpeg', width: 80, height: 48 }),
    ];
    const inline = (mimeType: string, bytes: Uint8Array) => ({
      inlineData: { mimeType, data: Buffer.from(bytes).toString('base64') },
    });

    await expectParity(
      await both(
        (client) =>
          client.models.generateContent({
            model,
            contents: [
              {
                role: 'user',
                parts: [{ text: 'make it blue' }, inline('image/png', png), inline('image/jpeg', jpeg)],
              },
            ],
            config: IMAGE_ONLY,
          }),
        (provider) => provider.edit({ prompt: 'make it blue', inputImages: [png, jpeg] }),
      ),
      GOOGLE_HEADERS,
    );
  });

  it('are equal for the list of models, which is our health check', async () => {
    const { official, ours } = await both(
      (client) => client.models.list({ config: { pageSize: 1 } }),
      (provider) => provider.healthCheck(),
    );

    // The official client sends a content type without a body.
    const { 'content-type': type, ...headers } = official.headers;
    expect([type, official.json]).toEqual(['application/json', undefined]);
    await expectParity({ official: { ...official, headers }, ours }, GOOGLE_HEADERS);
  });
});

describe('the comparison', () => {
  it.each(PLANTED)('finds %s', async (_, plant) => {
    const { official, ours } = await plain();

    await expectParity({ official, ours }, GOOGLE_HEADERS);
    await expect(expectParity({ official, ours: plant(ours) }, GOOGLE_HEADERS)).rejects.toThrow();
  });

  it('finds another key', async () => {
    const { official, ours } = await plain();
    const headers = { ...ours.headers, 'x-goog-api-key': 'another' };

    await expect(expectParity({ official, ours: { ...ours, headers } }, GOOGLE_HEADERS)).rejects.toThrow();
  });

  it('lists no header as different that both clients send alike', async () => {
    const { official, ours } = await plain();

    for (const name of Object.keys(GOOGLE_HEADERS).filter((each) => !Object.hasOwn(USUAL_DIFFERENCES, each))) {
      expect(official.headers[name]).not.toBe(ours.headers[name]);
    }
  });
});
