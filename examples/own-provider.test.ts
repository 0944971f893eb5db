import { AiImageError, type AiImageErrorCode, type AiImageProvider } from '@org/ai-image';
import { type Conversation, describeProvider } from '@org/ai-image/testing';
import { describe, it } from 'vitest';

const MODEL = 'mine-1';

/** Your provider: `POST /images` answers with base64, or with `{ error }`. */
function createMine({ apiKey, baseUrl }: { apiKey: string; baseUrl: string }): AiImageProvider {
  return {
    async generateImage(prompt, { size = '1024x1024', format = 'png', options = {}, signal } = {}) {
      const fail = (code: AiImageErrorCode, message: string, charged: 'no' | 'unknown' = 'no') =>
        new AiImageError(code, `mine: ${message}`, { charged });
      if (prompt.trim() === '') throw fail('invalid_request', 'the prompt is empty');
      if (Object.keys(options).length > 0) throw fail('invalid_request', 'there are no options');
      if (format !== 'png') throw fail('unsupported', `no ${format}, only png`);
      if (signal?.aborted) throw fail('aborted', 'aborted before the call');

      const response = await fetch(`${baseUrl}/images`, {
        method: 'POST',
        headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
        body: JSON.stringify({ prompt: prompt.trim(), size }),
        ...(signal && { signal }),
      }).catch(() => {
        throw fail(signal?.aborted ? 'aborted' : 'outcome_unknown', 'the request did not end', 'unknown');
      });
      const reply = await response.json().catch(() => ({}));
      if (response.status === 401) throw fail('authentication', 'wrong key');
      if (response.status === 429) throw fail('rate_limited', 'too many calls');
      if (reply.error) throw fail('content_refused', reply.error);
      if (!reply.image) throw fail('bad_response', 'no image came', 'unknown');
      const imageBytes = new Uint8Array(Buffer.from(reply.image, 'base64'));
      return { imageBytes, format, promptUsed: prompt.trim(), model: MODEL };
    },
  };
}

const call = { method: 'generateImage', prompt: 'a boat' } as const;
const request = {
  method: 'POST',
  path: '/images',
  headers: { authorization: 'Bearer {{key}}' },
  json: { prompt: 'a boat', size: '1024x1024' },
} as const;

/** What your vendor answers. The suite serves it on 127.0.0.1 as `baseUrl`, and compares what your provider sends. */
const fixtures: readonly Conversation[] = [
  {
    title: 'generates one image',
    kind: 'success',
    call,
    exchanges: [{ request, response: { status: 200, json: { image: { $image: 'png', width: 1024, height: 1024 } } } }],
    result: { format: 'png', model: MODEL, width: 1024, height: 1024 },
  },
  {
    title: 'reports a refusal',
    kind: 'content-refusal',
    call,
    exchanges: [{ request, response: { status: 400, json: { error: 'not this boat' } } }],
    error: { code: 'content_refused', message: 'not this boat' },
  },
  {
    title: 'reports a wrong key',
    kind: 'wrong-key',
    call,
    exchanges: [{ request, response: { status: 401, json: {} } }],
    error: { code: 'authentication', charged: 'no' },
  },
  {
    title: 'reports a rate limit',
    kind: 'rate-limit',
    call,
    exchanges: [{ request, response: { status: 429, json: {} } }],
    error: { code: 'rate_limited' },
  },
  {
    title: 'refuses a page in place of a reply',
    kind: 'unreadable-reply',
    call,
    exchanges: [{ request, response: { status: 200, text: '<!doctype html>' } }],
    error: { code: 'bad_response', charged: 'unknown' },
  },
  {
    title: 'refuses a format that it does not have',
    kind: 'refused-before-call',
    call: { ...call, params: { format: 'webp' } },
    exchanges: [],
    error: { code: 'unsupported', charged: 'no' },
  },
];

await describeProvider({ name: 'mine', create: createMine, fixtures, test: { describe, it } });
