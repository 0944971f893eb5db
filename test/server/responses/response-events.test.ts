/** The events of `/v1/responses`, read by the official client. */
import OpenAI from 'openai';
import { afterAll, describe, expect, it } from 'vitest';
import { answerJson } from '../../../src/apps/server/http/json-body.ts';
import {
  readImageCallId,
  readResponseId,
  toCompletedResponse,
} from '../../../src/apps/server/openai/responses/response-document.ts';
import { createResponseEvents } from '../../../src/apps/server/openai/responses/response-events.ts';
import { answerEvents } from '../../../src/apps/server/openai/stream/answer-events.ts';
import { AiImageError, type AiImageProvider, createImageManager, StubProvider } from '../../../src/index.ts';
import { startRun } from '../stream/support.ts';

const request = { prompt: 'a red fox', size: '64x64' } as const;
const params = { model: 'gpt-5', input: 'a red fox', tools: [{ type: 'image_generation' as const }] };

const managers: { close: () => Promise<void> }[] = [];
afterAll(() => Promise.all(managers.map((manager) => manager.close())));
function start(provider: AiImageProvider) {
  const manager = createImageManager({ providers: { one: provider } });
  managers.push(manager);
  const run = startRun(manager, request, { wantsPartialImages: true });
  const facts = {
    run: run.id,
    createdAt: 1_790_000_000,
    model: 'gpt-5',
    action: 'generate',
    previous: undefined,
  } as const;
  const writer = createResponseEvents({ facts, partialImages: 2, imagenOf: () => ({ costUsd: 0 }) });
  return { run, facts, writer };
}
/** The client, over an answer that is made without a socket. */
const clientOf = (answer: () => Promise<Response>) =>
  new OpenAI({ apiKey: 'sk-0123456789', baseURL: 'http://127.0.0.1:9/v1', maxRetries: 0, fetch: answer });

describe('the events of a response', () => {
  it('are accepted by the official client, which builds the same response from them', async () => {
    const { run, writer } = start(new StubProvider());
    const types: string[] = [];
    const stream = clientOf(() => answerEvents({ run, writer })).responses.stream(params);
    stream.on('event', ({ type }) => types.push(type));
    const response = await stream.finalResponse();
    const [image] = (await run.result).images;
    expect(response).toMatchObject({ id: `resp_${run.id}`, status: 'completed', output_text: '' });
    expect(response.output).toMatchObject([
      {
        id: `ig_${run.id}_0`,
        type: 'image_generation_call',
        status: 'completed',
        size: '64x64',
        output_format: 'png',
        result: Buffer.from(image.imageBytes).toString('base64'),
      },
    ]);
    expect(types).toEqual([
      'response.created',
      'response.in_progress',
      'response.output_item.added',
      'response.image_generation_call.in_progress',
      'response.image_generation_call.generating',
      'response.image_generation_call.partial_image',
      'response.image_generation_call.partial_image',
      'response.image_generation_call.completed',
      'response.output_item.done',
      'response.completed',
    ]);
  });

  it('end with `response.failed` when the call fails after they began', async () => {
    const failure = Promise.withResolvers<never>();
    failure.promise.catch(() => undefined); // the provider waits for it later
    const { run, writer } = start({ generateImage: () => failure.promise });
    const answer = await answerEvents({ run, writer, keepAliveMs: 1 });
    failure.reject(new AiImageError('content_refused', 'no foxes'));
    const stream = clientOf(async () => answer).responses.stream(params);
    const failed = Promise.withResolvers<{ readonly response: OpenAI.Responses.Response }>();
    stream.on('response.failed', failed.resolve);
    stream.finalResponse().catch(() => undefined); // the client may or may not reject
    expect((await failed.promise).response).toMatchObject({
      status: 'failed',
      error: { code: 'moderation_blocked', message: expect.any(String) },
    });
  });
});

it('a plain answer is accepted by the official client', async () => {
  const { run, facts } = start(new StubProvider());
  const generation = await run.result;
  const answer = async () => answerJson(toCompletedResponse(facts, generation, { costUsd: 0 }));
  const response = await clientOf(answer).responses.create(params);
  const [item] = response.output;
  expect(item?.type === 'image_generation_call' && item.result?.slice(0, 8)).toBe('iVBORw0K');
  expect(response.usage).toMatchObject({ output_tokens: 1 });
});

it('ids of calls and responses are read back', () => {
  expect(readImageCallId('ig_a_b-1_12')).toEqual({ run: 'a_b-1', index: 12 });
  expect(readResponseId('resp_a_b-1')).toBe('a_b-1');
  for (const id of ['', 'ig_', 'ig_a', 'ig_a_x', 'resp_']) {
    expect([readImageCallId(id), readResponseId(id)]).toEqual([undefined, undefined]);
  }
});
