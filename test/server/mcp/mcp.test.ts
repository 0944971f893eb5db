/** `/mcp` of the server, with the SDK's own client in both eras. */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { afterAll, describe, expect, it } from 'vitest';
import type { AiImageProvider } from '../../../src/index.ts';
import { createImageManager, StubProvider } from '../../../src/index.ts';
import { createQueue, createWorker } from '../../../src/queue/index.ts';
import { createStore } from '../../../src/store/index.ts';
import { TOOL_NAMES } from '../../../src/tool/index.ts';
import { hashOf, type TestServer, TOKEN, useServers } from '../support.ts';

const startServer = useServers();
const ERAS = ['legacy', 'auto'] as const;
type Era = (typeof ERAS)[number];

const clients: Client[] = [];
afterAll(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
});

async function connect({ url }: TestServer, era: Era, token = TOKEN, capabilities: object = {}) {
  const client = new Client({ name: 'test', version: '1.0.0' }, { capabilities, versionNegotiation: { mode: era } });
  clients.push(client);
  const transport = new StreamableHTTPClientTransport(new URL(`${url}/mcp`), {
    requestInit: { headers: { authorization: `Bearer ${token}` } },
  });
  await client.connect(transport);
  return client;
}

interface Answer {
  readonly success: boolean;
  readonly data: {
    readonly images: readonly { readonly id: string; readonly url: string; readonly path: string }[];
    readonly job_id: string;
    readonly code?: string;
    readonly cost_usd?: number;
  };
}

const call = { name: 'generate_image', arguments: { prompt: 'a fox', size: '256x256' } };
const dataOf = ({ structuredContent }: { structuredContent?: unknown }) => (structuredContent as Answer).data;

describe.each(ERAS)('/mcp, with a client of the mode %s', (era) => {
  it('generates an image whose link opens, and which get_image finds', async () => {
    const server = await startServer({ mcp: true });
    const client = await connect(server, era);
    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(TOOL_NAMES);
    const result = await client.callTool(call);
    expect(result.content.map(({ type }) => type)).toEqual(['text', 'image', 'resource_link']);
    const { images, job_id } = dataOf(result);
    const [image] = images;
    expect(image?.path).toBe(`imagen://images/${image?.id}`);
    const file = await fetch(image?.url ?? '');
    expect(file.headers.get('content-type')).toBe('image/png');
    const found = await client.callTool({ name: 'get_image', arguments: { job_id } });
    expect(dataOf(found).images[0]?.id).toBe(image?.id);
  });

  it('lists its calls among the runs of the token', async () => {
    const server = await startServer({ mcp: true });
    const client = await connect(server, era);
    const { job_id, images } = dataOf(await client.callTool(call));
    const runs = (await (await server.send('/api/runs')).json()) as { runs: object[] };
    expect(runs.runs).toMatchObject([{ id: job_id, state: 'done', artifacts: [images[0]?.id] }]);
  });

  it('L05: counts the images of a token over all of its connections', async () => {
    const server = await startServer({ mcp: { maxImages: 1 } });
    const first = await connect(server, era);
    const second = await connect(server, era);
    await first.callTool(call);
    const other = { ...call, arguments: { ...call.arguments, prompt: 'a bear' } };
    expect(dataOf(await second.callTool(other)).code).toBe('budget_exceeded');
  });

  it('uses only the models of the token', async () => {
    const tokens = [{ name: 'bob', sha256: hashOf(TOKEN), models: ['one'] }];
    const providers = { two: new StubProvider(), one: new StubProvider() };
    const server = await startServer({ mcp: true, tokens, providers });
    const client = await connect(server, era);
    const { models } = dataOf(await client.callTool({ name: 'list_models', arguments: {} })) as never as {
      models: { model: string }[];
    };
    expect(new Set(models.map(({ model }) => model.split('/')[0]))).toEqual(new Set(['one']));
    await client.callTool(call);
    const { runs } = (await (await server.send('/api/runs')).json()) as { runs: object[] };
    expect(runs).toMatchObject([{ state: 'done', provider: 'one' }]);
    const other = { ...call, arguments: { ...call.arguments, provider: 'two' } };
    expect(dataOf(await client.callTool(other))).toMatchObject({ code: 'policy_denied' });
  });

  it('counts the images of a token’s profile for a day, as its session', async () => {
    const store = createStore({ directory: await mkdtemp(join(tmpdir(), 'ai-image-mcp-')), marks: 'none' });
    const manager = createImageManager({
      ...{ providers: { stub: new StubProvider() }, store },
      profiles: { small: { maxImagesPerSession: 1 } },
    });
    const tokens = [{ name: 'ada', sha256: hashOf(TOKEN), profile: 'small' }];
    const client = await connect(await startServer({ mcp: true, tokens, manager, store }), era);
    expect(dataOf(await client.callTool(call)).images).toHaveLength(1);
    const other = { ...call, arguments: { ...call.arguments, prompt: 'a bear' } };
    const refused = await client.callTool(other);
    expect(dataOf(refused)).toMatchObject({ code: 'policy_denied', charged: 'no' });
    expect(JSON.stringify(refused)).toContain('1 images per session');
    await manager.close();
    await store.close();
  });

  it('finds no calls of other tokens', async () => {
    const bobs = 'another-token-of-the-tests-0123456789ab';
    const tokens = [
      { name: 'ada', sha256: hashOf(TOKEN) },
      { name: 'bob', sha256: hashOf(bobs) },
    ];
    const server = await startServer({ mcp: true, tokens });
    const ada = await connect(server, era);
    const bob = await connect(server, era, bobs);
    const { job_id } = dataOf(await ada.callTool(call));
    const found = await bob.callTool({ name: 'get_image', arguments: { job_id } });
    expect(found).toMatchObject({ isError: true, structuredContent: { data: { code: 'invalid_request' } } });
  });

  it('L15: goes on when the client gives up, and get_image returns the images: one bill', async () => {
    const vendor = slowProvider();
    const server = await startServer({ mcp: true, providers: { stub: vendor.provider } });
    const client = await connect(server, era);
    const abort = new AbortController();
    const leaving = client.callTool(call, { signal: abort.signal });
    await vendor.started;
    abort.abort();
    await expect(leaving).rejects.toThrow();
    const { runs } = (await (await server.send('/api/runs')).json()) as { runs: { id: string }[] };
    const job_id = runs[0]?.id ?? '';
    const running = await client.callTool({ name: 'get_image', arguments: { job_id, wait_seconds: 0 } });
    expect(dataOf(running)).toMatchObject({ status: 'running', job_id });
    vendor.finish();
    const found = await client.callTool({ name: 'get_image', arguments: { job_id, wait_seconds: 30 } });
    expect(dataOf(found).images).toHaveLength(1);
    expect(vendor.calls()).toBe(1);
  });
});

/** A provider that answers when the test lets it. */
function slowProvider() {
  const { promise: started, resolve: start } = Promise.withResolvers<void>();
  const { promise: finished, resolve: finish } = Promise.withResolvers<void>();
  const stub = new StubProvider();
  let calls = 0;
  const provider: AiImageProvider = {
    async generateImage(prompt, params) {
      calls += 1;
      start();
      await finished;
      return stub.generateImage(prompt, params);
    },
  };
  return { provider, started, finish, calls: () => calls };
}

describe('the requests of /mcp', () => {
  const frame = (id: number, prompt = 'a fox') => ({
    ...{ jsonrpc: '2.0', id, method: 'tools/call' },
    params: { name: 'generate_image', arguments: { prompt, size: '256x256' } },
  });
  const accept = { accept: 'application/json, text/event-stream' };

  async function post(server: TestServer, body: unknown, headers: Record<string, string> = {}) {
    const reply = await server.post('/mcp', body, { ...accept, ...headers });
    const text = await reply.text();
    const line = text.split('\n').find((each) => each.startsWith('data: {'));
    return { status: reply.status, body: JSON.parse(line?.slice('data: '.length) ?? text) as { result: never } };
  }

  it('L15: a repeated request is one call, and another id is another', async () => {
    const server = await startServer({ mcp: true });
    const first = dataOf((await post(server, frame(1))).body.result);
    const again = dataOf((await post(server, frame(1))).body.result);
    const other = dataOf((await post(server, frame(2))).body.result);
    expect(again).toMatchObject({ job_id: first.job_id, cost_usd: 0 });
    expect(other.job_id).not.toBe(first.job_id);
    expect(await server.store.search()).toHaveLength(2);
  });

  it('L15: an agent that repeats each call three times, and makes it three times anew, gets four bills', async () => {
    const vendor = slowProvider();
    vendor.finish();
    const server = await startServer({ mcp: true, providers: { stub: vendor.provider } });
    const jobs: string[] = [];
    for (const id of [1, 1, 1, 2, 3, 4]) jobs.push(dataOf((await post(server, frame(id))).body.result).job_id);
    expect(new Set(jobs).size).toBe(4);
    expect(vendor.calls()).toBe(4);
  });

  it('L15: two equal requests at the same time are one call', async () => {
    const server = await startServer({ mcp: true });
    const replies = await Promise.all([post(server, frame(1)), post(server, frame(1))]);
    const [first, second] = replies.map(({ body }) => dataOf(body.result).job_id);
    expect(second).toBe(first);
    expect(await server.store.search()).toHaveLength(1);
  });

  it('need a token', async () => {
    const server = await startServer({ mcp: true });
    const reply = await fetch(`${server.url}/mcp`, {
      method: 'POST',
      body: JSON.stringify(frame(1)),
      headers: { 'content-type': 'application/json' },
    });
    expect(reply.status).toBe(401);
  });

  it.each([
    ['Origin', { origin: 'https://evil.example' }, 403],
    ['Sec-Fetch-Site', { 'sec-fetch-site': 'cross-site' }, 403],
  ])('L11: of a foreign %s are refused before anything is sent', async (_, headers, status) => {
    const server = await startServer({ mcp: true });
    const reply = await server.post('/mcp', frame(1), { ...accept, ...headers });
    expect(reply.status).toBe(status);
    expect(await server.store.search()).toHaveLength(0);
  });

  it('L11: with a session id that the client has made up get no session', async () => {
    const server = await startServer({ mcp: true });
    const reply = await server.post('/mcp', frame(1), { ...accept, 'mcp-session-id': '1' });
    expect(reply.headers.get('mcp-session-id')).toBeNull();
  });

  it('L07: of over 4 MiB are refused', async () => {
    const server = await startServer({ mcp: true });
    const reply = await server.post('/mcp', frame(1, 'x'.repeat(5_000_000)), accept);
    expect(reply.status).toBe(413);
  });

  it.each(['GET', 'DELETE'])('of the method %s are refused: there are no sessions', async (method) => {
    const server = await startServer({ mcp: true });
    expect((await server.send('/mcp', { method, headers: { accept: 'text/event-stream' } })).status).toBe(405);
  });

  it('find nothing on a server without mcp', async () => {
    const server = await startServer();
    expect((await server.post('/mcp', frame(1), accept)).status).toBe(404);
  });
});

describe('a server with /mcp', () => {
  it.each([
    [{ maxUsd: -1 }, 'setting mcp.maxUsd'],
    [{ maxImages: 2.5 }, 'setting mcp.maxImages'],
    [{ referenceHosts: ['https://images.example.com'] }, 'setting mcp.referenceHosts[0]'],
    [{ roots: ['/home/ada'] }, 'roots'],
    ['yes', 'setting mcp'],
  ])('refuses the settings %j when it is created', async (mcp, message) => {
    await expect(startServer({ mcp: mcp as never })).rejects.toThrow(message);
  });

  it('lets a running call end when it closes, and answers it', async () => {
    const vendor = slowProvider();
    const server = await startServer({ mcp: true, providers: { stub: vendor.provider } });
    const client = await connect(server, 'auto');
    const calling = client.callTool(call);
    await vendor.started;
    const closing = server.close();
    vendor.finish();
    expect(dataOf(await calling).images).toHaveLength(1);
    await closing;
  });

  it('L05: refuses more calls of a token than the server has places for, and sends none of them', async () => {
    const vendor = slowProvider();
    const limits = { callsPerToken: 1, waitingPerToken: 0 };
    const server = await startServer({ mcp: true, limits, providers: { stub: vendor.provider } });
    const client = await connect(server, 'auto');
    const first = client.callTool(call);
    await vendor.started;
    const other = { ...call, arguments: { ...call.arguments, prompt: 'a bear' } };
    expect(dataOf(await client.callTool(other))).toMatchObject({ code: 'unavailable', charged: 'no', retry: true });
    vendor.finish();
    await first;
    expect(vendor.calls()).toBe(1);
  });
});

describe('a server with a queue', () => {
  it('L15: a worker generates the images of an agent, and get_image returns them: one bill', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'ai-image-mcp-queue-'));
    const store = createStore({ directory, marks: 'none' });
    const vendor = slowProvider();
    vendor.finish();
    const manager = createImageManager({ providers: { stub: vendor.provider }, store });
    const queue = createQueue({ store });
    const server = await startServer({ mcp: true, store, manager, queue });
    const client = await connect(server, 'auto');
    const waiting = { ...call, arguments: { ...call.arguments, wait_seconds: 0 } };
    const { job_id } = dataOf(await client.callTool(waiting));
    const found = { name: 'get_image', arguments: { job_id, wait_seconds: 30 } };
    expect(dataOf(await client.callTool({ ...found, arguments: { job_id, wait_seconds: 0 } }))).toMatchObject({
      status: 'running',
    });
    const asking = client.callTool(found);
    await createWorker({ queue, manager }).run('drained');
    expect(dataOf(await asking).images).toHaveLength(1);
    expect(vendor.calls()).toBe(1);
    await server.close();
    await queue.close();
    await manager.close();
    await store.close();
  });
});
