import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createProvider } from '../../src/index.ts';

const PROMPT = 'a canary-coloured lighthouse that nobody may read about';

let server: Server;
let baseUrl: string;
let answered = 0;

/** Refuses the first request and fails the second, so that every hook is called. */
beforeAll(async () => {
  server = createServer((request, response) => {
    request.resume().on('end', () => {
      answered += 1;
      response.writeHead(answered === 1 ? 503 : 400, { 'content-type': 'application/json', 'retry-after': '0' });
      response.end(JSON.stringify({ error: { message: `cannot draw: ${PROMPT}` } }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

it('S1: hooks receive a hash of the prompt, and never the prompt', async () => {
  const received: string[] = [];
  const record = (name: string) => (event: object) => received.push(`${name} ${JSON.stringify(event)}`);
  const hooks = { onAttempt: record('attempt'), onReply: record('reply'), onRetry: record('retry') };
  const provider = createProvider('openai', { apiKey: 'sk-test-0123456789abcdef', baseUrl, hooks });

  await expect(provider.generateImage(PROMPT)).rejects.toMatchObject({ code: 'invalid_request' });
  await provider.close();

  const hash = createHash('sha256').update(PROMPT).digest('hex').slice(0, 16);
  expect(received.map((each) => each.split(' ', 1)[0])).toEqual(['attempt', 'reply', 'retry', 'attempt', 'reply']);
  expect(received.filter((each) => !each.includes(hash))).toEqual([]);
  expect(received.filter((each) => each.includes('lighthouse'))).toEqual([]);
});
