/** The allowed differences between Google's client and ours, at the Gemini API and at Vertex AI. */
import type { ServerResponse } from 'node:http';
import { encodeSketch } from '../../../src/testing/index.ts';
import { type Captured, USUAL_DIFFERENCES } from './wire-parity.ts';

/** Headers that may differ, with reasons. */
export const GOOGLE_HEADERS = {
  ...USUAL_DIFFERENCES,
  'x-goog-api-client': 'The official client names itself and its platform a second time. We send no telemetry.',
  accept: 'The official client accepts anything; ours accepts application/json.',
} as const;

/** Differences outside the headers, with reasons. */
export const GOOGLE_DIFFERENCES = {
  apiVersion:
    'Each client has its own default version; both get the same one here. Our defaults are those of the vendor’s documentation.',
  responseModalities:
    'The official client sends what the caller passes; ours requests IMAGE only by default, as every caller that wants an image must.',
  safety: 'Our `safety` becomes one entry for each category; the official client accepts these entries directly.',
  fieldsOrder: 'Fields of a JSON object have no order.',
} as const;

/** Replies with one image, or with what the other paths return. */
export async function answerAsGoogle({ path }: Captured, response: ServerResponse): Promise<void> {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify(await answerTo(path)));
}

async function answerTo(path: string): Promise<object> {
  if (path.endsWith(':countTokens')) return { totalTokens: 1 };
  if (!path.endsWith(':generateContent')) return { models: [] };
  const data = Buffer.from(await encodeSketch({ $image: 'png', width: 64, height: 64 })).toString('base64');
  const content = { role: 'model', parts: [{ inlineData: { mimeType: 'image/png', data } }] };
  return { candidates: [{ content, finishReason: 'STOP' }], usageMetadata: { promptTokenCount: 8 } };
}

/** Returns both requests with one of them changed, to check that the comparison finds the change. */
export const PLANTED: readonly (readonly [name: string, plant: (ours: Captured) => Captured])[] = [
  ['a field too many', (ours) => ({ ...ours, json: { ...(ours.json as object), cachedContent: 'x' } })],
  [
    'another value',
    (ours) => ({
      ...ours,
      json: JSON.parse(JSON.stringify(ours.json).replace('a red square', 'a blue square')) as unknown,
    }),
  ],
  ['another path', (ours) => ({ ...ours, path: ours.path.replace('generateContent', 'streamGenerateContent') })],
  ['a key in the query', (ours) => ({ ...ours, path: `${ours.path}?key=x` })],
  ['a further header', (ours) => ({ ...ours, headers: { ...ours.headers, 'x-goog-user-project': 'other' } })],
  ['another content type', (ours) => ({ ...ours, headers: { ...ours.headers, 'content-type': 'text/plain' } })],
];
