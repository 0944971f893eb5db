import { describe, expect, it } from 'vitest';
import { createWindowIds, hashOfCall, REPEAT_WINDOW_MS } from '../../../src/apps/mcp/calls/call-ids.ts';
import { createFakeTools, done, ERAS, mcpConnections } from './support.ts';

const connect = mcpConnections();
const call = { name: 'generate_image', arguments: { prompt: 'a fox' } };

describe.each(ERAS)('over stdio, with a client of the mode %s', (era) => {
  it('gives each call of a connection an id of its own', async () => {
    const tools = createFakeTools(() => done('a'));
    const { client, connect: open } = await connect({ tools }, era);
    await open();
    await client.callTool(call);
    await client.callTool(call);
    const [first, second] = tools.calls.map(({ context }) => context.callId);
    expect(first).toBeTypeOf('string');
    expect(second).not.toBe(first);
  });

  it('L15: two connections that count their requests alike make different calls', async () => {
    const tools = createFakeTools(() => done('a'));
    for (let at = 0; at < 2; at += 1) {
      const { client, connect: open } = await connect({ tools }, era);
      await open();
      await client.callTool(call);
    }
    const [first, second] = tools.calls.map(({ context }) => context.callId);
    expect(first?.split(':').at(-1)).toBe(second?.split(':').at(-1));
    expect(second).not.toBe(first);
  });
});

describe('over HTTP', () => {
  const request = { id: 3, hash: 'a' };

  it('L15: a request that arrives again within the time is the same call', () => {
    let now = 0;
    const callIds = createWindowIds(() => now);
    const first = callIds(request);
    now += REPEAT_WINDOW_MS - 1;
    expect(callIds(request)).toBe(first);
    // Each repetition begins the time anew.
    now += REPEAT_WINDOW_MS - 1;
    expect(callIds(request)).toBe(first);
  });

  it('a request that arrives after the time is a new call', () => {
    let now = 0;
    const callIds = createWindowIds(() => now);
    const first = callIds(request);
    now += REPEAT_WINDOW_MS;
    expect(callIds(request)).not.toBe(first);
  });

  it.each([
    ['another id', { id: 4, hash: 'a' }],
    ['the same id as a text', { id: '3', hash: 'a' }],
    ['other arguments', { id: 3, hash: 'b' }],
    ['another holder', { id: 3, hash: 'a', holder: 'bob' }],
  ])('a request with %s is another call', (_, other) => {
    const callIds = createWindowIds();
    expect(callIds(other)).not.toBe(callIds(request));
  });

  it('remembers the latest requests of many', () => {
    const callIds = createWindowIds(() => 0);
    const first = callIds({ id: 0, hash: 'a' });
    const second = callIds({ id: 1, hash: 'a' });
    for (let id = 2; id < 10_000; id += 1) callIds({ id, hash: 'a' });
    const latest = callIds({ id: 9_999, hash: 'a' });
    expect(callIds({ id: 9_999, hash: 'a' })).toBe(latest);
    expect(callIds({ id: 0, hash: 'a' })).toBe(first);
    callIds({ id: 10_000, hash: 'a' });
    // The request that was used longest ago was forgotten.
    expect(callIds({ id: 1, hash: 'a' })).not.toBe(second);
  });

  it('hashes tools and arguments together', async () => {
    const hashes = await Promise.all([
      hashOfCall('generate_image', { prompt: 'a' }),
      hashOfCall('edit_image', { prompt: 'a' }),
      hashOfCall('generate_image', { prompt: 'b' }),
    ]);
    expect(new Set(hashes).size).toBe(3);
  });
});
