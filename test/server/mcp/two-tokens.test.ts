/** Two tokens at `/mcp`, and two requests of one token at once, with frames written by hand. */
import { expect, it } from 'vitest';
import { PaidProvider } from '../../manager/support.ts';
import { hashOf, type TestServer, TOKEN, useServers } from '../support.ts';

const startServer = useServers();
const BOBS = 'another-token-of-the-tests-0123456789ab';
const tokens = [
  { name: 'ada', sha256: hashOf(TOKEN) },
  { name: 'bob', sha256: hashOf(BOBS) },
];

interface Reply {
  readonly error?: object;
  readonly result: { readonly resultType?: string; readonly requestState: string };
}

const META = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1' },
  'io.modelcontextprotocol/clientCapabilities': { elicitation: {} },
};

async function generate({ url }: TestServer, token: string, id: number, more: object = {}): Promise<Reply> {
  const params = { name: 'generate_image', arguments: { prompt: 'a fox', size: '64x64' }, _meta: META, ...more };
  const response = await fetch(`${url}/mcp`, {
    method: 'POST',
    headers: {
      ...{ authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...{ accept: 'application/json, text/event-stream', 'mcp-protocol-version': '2026-07-28' },
      ...{ 'mcp-method': 'tools/call', 'mcp-name': 'generate_image' },
    },
    body: JSON.stringify({ jsonrpc: '2.0', id, method: 'tools/call', params }),
  });
  const text = await response.text();
  const lines = text.split('\n').filter((line) => line.startsWith('data:'));
  return JSON.parse(lines.at(-1)?.slice('data:'.length) ?? text) as Reply;
}

it('what the user of one token agreed to counts for no other token', async () => {
  const vendor = new PaidProvider({ estimateUsd: 2 });
  const server = await startServer({ mcp: true, tokens, providers: { vendor } });
  const { requestState } = (await generate(server, TOKEN, 1)).result;
  const agreed = { requestState, inputResponses: { price: { action: 'accept', content: { agree: true } } } };
  expect((await generate(server, BOBS, 1, agreed)).error).toMatchObject({ code: -32602 });
  expect(vendor.bought).toBe(0);
  expect((await generate(server, TOKEN, 2, agreed)).result.resultType).not.toBe('input_required');
  expect(vendor.bought).toBe(1);
});

it('L15: the first frame of a token that arrives several times at once is one bill', async () => {
  const vendor = new PaidProvider();
  const server = await startServer({ mcp: true, tokens, providers: { vendor } });
  const replies = await Promise.all(Array.from({ length: 5 }, () => generate(server, TOKEN, 1)));
  expect(replies.filter(({ error }) => error !== undefined)).toEqual([]);
  expect(vendor.bought).toBe(1);
});
