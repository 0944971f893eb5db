/** Message, code and hint for every error body that servers send. */
import { describe, expect, it } from 'vitest';
import { createOpenAICompatible } from '../../../src/providers/openai-compatible/index.ts';
import { encodeSketch } from '../../../src/testing/index.ts';
import { openWith, type ServerKind } from './servers.ts';
import { failureOf, openKind, openReplying } from './support.ts';

const prompt = 'a red fox';
const reply = (status: number, json: unknown) => ({ status, json });
const page = (status: number, text: string) => ({ status, headers: { 'content-type': 'text/html' }, text });
const plain = (status: number, text: string) => ({ status, headers: { 'content-type': 'text/plain' }, text });

describe('the message of an error', () => {
  it.each<[string, unknown, string]>([
    ['error.message with a numeric code', { error: { code: 400, message: 'bad size', type: '' } }, 'bad size'],
    ['error.message with a status as text', { error: { message: 'litellm.BadRequestError: no', code: '400' } }, 'no'],
    ['error as text', { error: 'bad size' }, 'bad size'],
    ['error as a code beside message', { error: 'server_error', message: 'bad JSON' }, 'bad JSON'],
    ['object: error', { object: 'error', message: 'bad size', type: 'BadRequestError', code: 400 }, 'bad size'],
    ['detail as text', { detail: 'bad size' }, 'bad size'],
    ['detail.msg', { detail: { msg: 'Error parsing input.', type: 'bad_input' } }, 'Error parsing input.'],
    ['detail.error', { detail: { error: 'bad size' } }, 'bad size'],
    ['detail.message', { detail: { message: 'bad size' } }, 'bad size'],
    [
      'detail as an array',
      {
        detail: [
          { loc: ['body', 'n'], msg: 'too many' },
          { loc: ['body', 'size'], msg: 'bad' },
        ],
      },
      'body.n: too many; body.size: bad',
    ],
    ['status: failure', { status: 'failure', message: 'header is required' }, 'header is required'],
    ['errors as an array of objects', { errors: [{ message: 'bad size' }] }, 'bad size'],
    ['errors as an array of strings', { errors: ['bad size'] }, 'bad size'],
    ['msg', { msg: 'bad size' }, 'bad size'],
  ])('is read from %s', async (_, json, message) => {
    await using open = await openReplying(reply(400, json));
    expect(await failureOf(open.provider.generate({ prompt }))).toMatchObject({
      code: 'invalid_request',
      status: 400,
      charged: 'no',
      message: expect.stringContaining(message),
    });
  });

  it('is the body itself when it is not JSON', async () => {
    await using open = await openReplying(plain(400, 'the size is bad'));
    expect((await failureOf(open.provider.generate({ prompt }))).message).toContain('the size is bad');
  });

  it('is the title of a web page, without its tags', async () => {
    const text = '<!DOCTYPE html><html><head><title>502 Bad\n Gateway</title></head><body><h1>Oh</h1></body></html>';
    await using open = await openReplying(page(502, text));
    const { message } = await failureOf(open.provider.generate({ prompt }));
    expect(message).toContain('the server answered with a web page: 502 Bad Gateway');
    expect(message).not.toMatch(/<|Oh/);
  });

  it('is short, however long the body is', async () => {
    await using open = await openReplying(plain(400, 'x'.repeat(50_000)));
    expect((await failureOf(open.provider.generate({ prompt }))).message.length).toBeLessThan(1_000);
  });

  it('is never empty, even if the body is', async () => {
    await using open = await openReplying({ status: 400 });
    expect(await failureOf(open.provider.generate({ prompt }))).toMatchObject({ code: 'invalid_request', status: 400 });
  });

  it('never repeats the key', async () => {
    const apiKey = 'team-key-0123456789';
    await using open = await openReplying(reply(401, { error: `the key ${apiKey} is wrong` }), { apiKey });
    const error = await failureOf(open.provider.generate({ prompt }));
    expect(JSON.stringify([error, error.message])).not.toContain(apiKey);
  });
});

describe('a failure with a status of success', () => {
  it('of LM Studio means that the route does not exist', async () => {
    await using open = await openKind('lm-studio');
    expect(await failureOf(open.provider.generate({ prompt }))).toMatchObject({
      code: 'unsupported',
      charged: 'no',
      message: expect.stringContaining('Unexpected endpoint or method'),
      hint: expect.stringContaining('LM Studio has no image generation route'),
    });
  });

  it('of a gateway may have been charged, and keeps the gateway’s message', async () => {
    await using open = await openKind('portkey');
    expect(await failureOf(open.provider.generate({ prompt: 'quiet failure' }))).toMatchObject({
      code: 'bad_response',
      charged: 'unknown',
      message: expect.stringContaining('the vendor did not answer'),
    });
  });

  it('beside images does not discard them', async () => {
    const b64_json = Buffer.from(await encodeSketch({ $image: 'png', width: 64, height: 64 })).toString('base64');
    await using open = await openReplying(reply(200, { error: 'flagged by moderation', data: [{ b64_json }] }));
    expect((await open.provider.generate({ prompt })).images).toHaveLength(1);
  });

  it('that refuses in its message is content_refused', async () => {
    await using open = await openReplying(
      reply(200, { error: { message: 'flagged', code: 'content_policy_violation' } }),
    );
    expect(await failureOf(open.provider.generate({ prompt }))).toMatchObject({ code: 'content_refused' });
  });
});

describe('a status', () => {
  it('is the HTTP status, whatever number the body contains', async () => {
    await using open = await openReplying(reply(422, { error: { message: 'bad size', code: 400 } }));
    expect(await failureOf(open.provider.generate({ prompt }))).toMatchObject({ status: 422, code: 'invalid_request' });
  });

  it.each<[string, number, unknown, string]>([
    ['a code in error.code', 400, { error: { message: 'no', code: 'content_policy_violation' } }, 'content_refused'],
    [
      'a code in error.type, when code is a number',
      400,
      { error: { message: 'no', code: '400', type: 'moderation' } },
      'content_refused',
    ],
    ['a code in the type of a detail', 422, { detail: [{ msg: 'no', type: 'content_policy' }] }, 'content_refused'],
    ['only a number', 400, { error: { message: 'no', code: '400' } }, 'invalid_request'],
  ])('is refined by %s', async (_, status, json, code) => {
    await using open = await openReplying(reply(status, json));
    expect(await failureOf(open.provider.generate({ prompt }))).toMatchObject({ code });
  });

  it.each<[number, unknown, string]>([
    [401, { error: 'Unauthorized' }, 'authentication'],
    [400, { error: 'bad' }, 'invalid_request'],
    [405, { detail: 'Method not allowed' }, 'invalid_request'],
    [409, { detail: 'Request was cancelled' }, 'no_image'],
    [413, { detail: 'Too large' }, 'too_large'],
    [415, { detail: 'Unsupported media type' }, 'invalid_request'],
    [422, { detail: 'bad' }, 'invalid_request'],
    [429, { detail: 'Rate limit reached' }, 'rate_limited'],
    [503, { detail: 'busy' }, 'unavailable'],
  ])('%d with %j is %s', async (status, json, code) => {
    await using open = await openReplying(reply(status, json));
    expect(await failureOf(open.provider.generate({ prompt }))).toMatchObject({ code, status });
    expect(open.server.received).toHaveLength(1);
  });

  it.each(['authentication', 'permission'])('403 means a problem with the key (%s)', async (word) => {
    await using open = await openReplying(reply(403, { error: { message: 'not allowed', type: word } }));
    const error = await failureOf(open.provider.generate({ prompt }));
    expect(['authentication', 'permission']).toContain(error.code);
    expect(error.hint).toContain('OPENAI_COMPATIBLE_API_KEY');
  });

  it.each<[string, Parameters<typeof openReplying>[0]]>([
    ['404 page not found', plain(404, '404 page not found')],
    ['Not Found', reply(404, { detail: 'Not Found' })],
    ['a web page', page(404, '<html><title>Not here</title></html>')],
    ['nothing', { status: 404 }],
    ['Unexpected endpoint', reply(200, { error: 'Unexpected endpoint or method. (POST /images/generations)' })],
  ])('with %s means that the route does not exist', async (_, answer) => {
    await using open = await openReplying(answer);
    expect(await failureOf(open.provider.generate({ prompt }))).toMatchObject({
      code: 'unsupported',
      charged: 'no',
      hint: expect.stringMatching(/no route images\/generations.*baseUrl/),
    });
  });

  it.each<[ServerKind, object]>([
    ['xinference', { model: 'flux' }],
    ['gpustack', { model: 'sdxl' }],
    ['vercel-ai-gateway', { model: 'bfl/nothing' }],
  ])('404 of %s for a model is distinguished from a missing route', async (kind, more) => {
    await using open = await openKind(kind);
    expect(await failureOf(open.provider.generate({ prompt, ...more }))).toMatchObject({
      code: 'invalid_request',
      charged: 'no',
      hint: expect.stringContaining('name of the model'),
    });
  });

  it('of Ollama 0.32.6 means that it no longer generates images', async () => {
    await using open = await openKind('ollama-0.32.6', { server: 'ollama' });
    expect(await failureOf(open.provider.generate({ prompt }))).toMatchObject({
      code: 'unsupported',
      hint: expect.stringContaining('Ollama has no image route since 0.32.6'),
    });
  });

  it('405 and 415 name the setting server', async () => {
    await using open = await openReplying(reply(415, { detail: 'Unsupported media type' }));
    expect((await failureOf(open.provider.generate({ prompt }))).hint).toContain('`server`');
  });

  it.each([429, 503])('%d with Retry-After is retried', async (status) => {
    let count = 0;
    await using server = await openWith(() => {
      count += 1;
      return count === 1
        ? { status, headers: { 'retry-after': '0' }, json: { error: { message: 'loading', code: 'model_loading' } } }
        : { status: 400, json: { error: 'the second time' } };
    });
    const provider = createOpenAICompatible({ baseUrl: server.baseUrl });
    expect((await failureOf(provider.generate({ prompt }))).message).toContain('the second time');
    expect(server.received).toHaveLength(2);
  });

  it('500 is not retried, and the hint names its cause', async () => {
    await using server = await openWith(() => reply(500, { error: { message: "invalid value for 'size'" } }));
    const provider = createOpenAICompatible({ baseUrl: server.baseUrl });
    expect(await failureOf(provider.generate({ prompt }))).toMatchObject({
      status: 500,
      hint: expect.stringContaining('wrong parameter'),
    });
    expect(server.received).toHaveLength(1);
  });

  it.each(['CUDA error: out of memory', 'OOM when allocating tensor'])(
    '500 with "%s" means too little memory',
    async (text) => {
      await using open = await openReplying(reply(500, { error: text }));
      expect((await failureOf(open.provider.generate({ prompt }))).hint).toContain('smaller size');
    },
  );

  it('for a gateway’s budget is quota_exhausted', async () => {
    await using open = await openKind('litellm');
    expect(await failureOf(open.provider.generate({ prompt: 'expensive' }))).toMatchObject({ code: 'quota_exhausted' });
  });
});

describe('a refusal', () => {
  it.each([
    'content_policy_violation',
    'blocked by moderation',
    'rejected by the safety system',
    'NSFW content',
    'the prompt was flagged',
    'the model refused',
  ])('is content_refused with the message "%s"', async (message) => {
    await using open = await openReplying(reply(400, { error: { message } }));
    expect(await failureOf(open.provider.generate({ prompt }))).toMatchObject({ code: 'content_refused' });
  });

  it.each([
    [400, 'invalid size'],
    [500, 'connection refused'],
    [500, 'safety_checker could not be loaded'],
    [401, 'key was refused'],
  ])('is not content_refused with %d and "%s"', async (status, message) => {
    await using open = await openReplying(reply(status, { error: { message } }));
    expect((await failureOf(open.provider.generate({ prompt }))).code).not.toBe('content_refused');
  });

  it('of a vendor behind LiteLLM is content_refused', async () => {
    await using open = await openKind('litellm');
    expect(await failureOf(open.provider.generate({ prompt: 'forbidden' }))).toMatchObject({ code: 'content_refused' });
  });
});
