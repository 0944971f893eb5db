/** `/v1/responses` over a socket, with the official client. */
import OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import { StubProvider } from '../../../src/index.ts';
import { TOKEN, useServers } from '../support.ts';

const start = useServers();
const tools = [{ type: 'image_generation' as const, size: '64x64' as const }];

async function startWithClient(settings?: Parameters<typeof start>[0]) {
  const server = await start(settings);
  return { ...server, client: new OpenAI({ apiKey: TOKEN, baseURL: `${server.url}/v1`, maxRetries: 0 }) };
}

const imageOf = ({ output: [item] }: OpenAI.Responses.Response) => {
  if (item?.type !== 'image_generation_call') throw new Error('the output is no image');
  return item;
};

describe('POST /v1/responses', () => {
  it('returns an image, which is in the store, with the model that the client named', async () => {
    const { client, store } = await startWithClient();
    const response = await client.responses.create({ model: 'gpt-5', input: 'a red fox', tools });
    const { result, size, output_format: format } = imageOf(response);
    expect(
      Buffer.from(result ?? '', 'base64')
        .subarray(1, 4)
        .toString(),
    ).toBe('PNG');
    expect({ size, format, model: response.model }).toEqual({ size: '64x64', format: 'png', model: 'gpt-5' });
    expect(await store.search({})).toHaveLength(1);
    expect(response).toMatchObject({ imagen: { warnings: [expect.stringContaining('generates no images')] } });
  });

  it('streams to the client of Home Assistant’s kind, and tells the usage', async () => {
    const { client } = await startWithClient();
    const stream = await client.responses.create({
      model: 'gpt-5-mini',
      input: [{ role: 'user', content: [{ type: 'input_text', text: 'the garden in snow' }] }],
      tools: [{ ...tools[0]!, model: 'gpt-image-1', output_format: 'png' }],
      tool_choice: { type: 'image_generation' },
      store: true,
      stream: true,
    });
    const items: unknown[] = [];
    let usage: unknown;
    for await (const event of stream) {
      if (event.type === 'response.output_item.done') items.push(event.item);
      if (event.type === 'response.completed') usage = event.response.usage;
    }
    expect(items).toMatchObject([{ type: 'image_generation_call', status: 'completed', result: expect.any(String) }]);
    expect(usage).toMatchObject({ output_tokens: 1 });
  });

  it('edits the image of an earlier response, by its id and by that of its image', async () => {
    const stub = new StubProvider();
    const { client, store } = await startWithClient({ providers: { stub } });
    const first = await client.responses.create({ model: 'gpt-5', input: 'a red fox', tools });
    const [stored] = await store.search({});
    await client.responses.create({ model: 'gpt-5', input: 'now blue', tools, previous_response_id: first.id });
    const conversation = [
      { role: 'user' as const, content: 'a red fox' },
      { type: 'image_generation_call' as const, id: imageOf(first).id, result: null, status: 'completed' as const },
      { role: 'user' as const, content: 'now green' },
    ];
    await client.responses.create({ model: 'gpt-5', input: conversation, tools });
    expect(stub.calls.map(({ method }) => method)).toEqual(['generate', 'edit', 'edit']);
    expect(await store.search({ parent: stored?.id ?? '' })).toHaveLength(2);
  });

  it.each([
    ['tools[0].type', { input: 'x', tools: [{ type: 'web_search' }] }],
    ['previous_response_id', { input: 'x', tools, previous_response_id: 'resp_0123456789abcdef' }],
    ['tools[0].size', { input: 'x', tools: [{ type: 'image_generation', size: 'huge' }] }],
    ['tools[0].quality', { input: 'x', tools: [{ type: 'image_generation', quality: 'best' }] }],
    ['input', { input: ' ', tools }],
    ['input[0]', { input: [{ role: 'user', content: ' ' }], tools }],
  ])('refuses with the field %s, before anything is spent', async (param, body) => {
    const stub = new StubProvider();
    const { post } = await start({ providers: { stub } });
    const answer = await post('/v1/responses', { model: 'gpt-5', ...body });
    expect(answer.status).toBe(400);
    expect(answer.headers.get('x-should-retry')).toBe('false');
    expect(await answer.json()).toMatchObject({ error: { param, message: expect.any(String) } });
    expect(stub.calls).toEqual([]);
  });

  it('names a wrong value by its place in the request', async () => {
    const { post } = await start();
    const refusal = async (body: object) => (await (await post('/v1/responses', body)).json()) as unknown;
    expect(await refusal({ input: ' ', tools })).toMatchObject({
      error: { param: 'input', code: 'invalid_prompt', message: 'input must not be blank.' },
    });
    const image = { type: 'input_image', image_url: 'data:image/png;base64,*' };
    expect(await refusal({ input: [{ role: 'user', content: [image] }], tools })).toMatchObject({
      error: { param: 'input[0].content[0].image_url', code: 'invalid_image_url' },
    });
  });

  it('S28: refuses fields of the operator anywhere in the body', async () => {
    const { post } = await start();
    const answer = await post('/v1/responses', { input: 'x', tools: [{ ...tools[0], base_url: 'http://x.example' }] });
    expect(answer.status).toBe(400);
  });

  it('answers an error of the call as JSON with its status, also with stream: true', async () => {
    const { client } = await startWithClient({ providers: { stub: new StubProvider({ refuse: true }) } });
    for (const stream of [false, true]) {
      const asking = client.responses.create({ model: 'gpt-5', input: 'a red fox', tools, stream });
      await expect(asking).rejects.toMatchObject({ status: 400, code: 'moderation_blocked' });
    }
  });
});
