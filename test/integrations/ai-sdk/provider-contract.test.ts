/** A model of the AI SDK, made a provider by `fromAiSdk`, meets the contract of all providers. */
import { APICallError } from '@ai-sdk/provider';
import { MockImageModelV4 } from 'ai/test';
import { describe, expect, it } from 'vitest';
import { fromAiSdk } from '../../../src/integrations/ai-sdk/index.ts';
import {
  type ContractSettings,
  type Conversation,
  checkProvider,
  describeProvider,
} from '../../../src/testing/index.ts';

/** As the packages of the AI SDK do it: errors of a vendor become an `APICallError` with the request's values. */
function createModel({ apiKey, baseUrl }: ContractSettings) {
  return new MockImageModelV4({
    provider: 'boats.image',
    modelId: 'boat-1',
    maxImagesPerCall: 4,
    supportsFileInputs: true,
    async doGenerate({ prompt, n, size, files, abortSignal }) {
      const body = { prompt, n, size, files: files?.length };
      const url = `${baseUrl}/images`;
      const response = await fetch(url, {
        method: 'POST',
        headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
        ...(abortSignal && { signal: abortSignal }),
      });
      const text = await response.text();
      const fail = (message: string, data?: unknown) =>
        new APICallError({
          ...{ message, url, requestBodyValues: body, statusCode: response.status, responseBody: text, data },
          responseHeaders: Object.fromEntries(response.headers),
        });
      const reply = readJson(text);
      if (!response.ok) throw fail(reply?.error?.message ?? response.statusText, reply);
      if (reply === undefined) throw fail('Invalid JSON response');
      return {
        images: [reply.image],
        warnings: [],
        response: { timestamp: new Date(), modelId: 'boat-1', headers: undefined },
      };
    },
  });
}

function readJson(text: string) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const create = (settings: ContractSettings) => fromAiSdk(createModel(settings));
const sketch = { $image: 'png', width: 1024, height: 1024 } as const;
const call = { method: 'generateImage', prompt: 'a boat' } as const;
const request = {
  method: 'POST',
  path: '/images',
  headers: { authorization: 'Bearer {{key}}' },
  json: { prompt: 'a boat', n: 1, size: '1024x1024' },
} as const;

const fixtures: readonly Conversation[] = [
  {
    title: 'generates one image',
    kind: 'success',
    call,
    exchanges: [{ request, response: { status: 200, json: { image: sketch } } }],
    result: { format: 'png', model: 'boat-1', width: 1024, height: 1024 },
  },
  {
    title: 'edits an image',
    kind: 'edit',
    call: { method: 'edit', request: { prompt: 'a blue boat', inputImages: [sketch] } },
    exchanges: [
      {
        request: { ...request, json: { prompt: 'a blue boat', n: 1, files: 1 } },
        response: { status: 200, json: { image: sketch } },
      },
    ],
    result: { images: 1 },
  },
  {
    title: 'reports a refusal',
    kind: 'content-refusal',
    call,
    exchanges: [
      {
        request,
        response: { status: 400, json: { error: { code: 'content_policy_violation', message: 'no boats' } } },
      },
    ],
    error: { code: 'content_refused', message: 'no boats', status: 400 },
  },
  {
    title: 'reports a wrong key',
    kind: 'wrong-key',
    call,
    exchanges: [{ request, response: { status: 401, json: { error: { message: 'wrong key' } } } }],
    error: { code: 'authentication', charged: 'no', status: 401 },
  },
  {
    title: 'reports a rate limit',
    kind: 'rate-limit',
    call,
    exchanges: [{ request, response: { status: 429, json: { error: { message: 'slower' } } } }],
    error: { code: 'rate_limited', charged: 'no' },
  },
  {
    title: 'refuses a page in place of a reply',
    kind: 'unreadable-reply',
    call,
    exchanges: [{ request, response: { status: 200, text: '<!doctype html>' } }],
    error: { code: 'bad_response', charged: 'unknown' },
  },
  {
    title: 'refuses a field that the AI SDK does not have',
    kind: 'refused-before-call',
    call: { method: 'generate', request: { prompt: 'a boat', negativePrompt: 'sails' } },
    exchanges: [],
    error: { code: 'unsupported', charged: 'no' },
  },
];

await describeProvider({ name: 'a model of the AI SDK', create, fixtures, test: { describe, it } });

it('the checks find a model that buys an image twice', async () => {
  const twice = (settings: ContractSettings) => {
    const model = createModel(settings);
    const doGenerate: MockImageModelV4['doGenerate'] = async (options) => {
      await model.doGenerate(options);
      return model.doGenerate(options);
    };
    return fromAiSdk({ ...model, doGenerate });
  };
  expect(await checkProvider({ name: 'twice', create: twice, fixtures })).not.toEqual([]);
});
