/** 100,000 requests to one server: its memory stays the same. */
import { beforeAll, expect, it } from 'vitest';
import { prepareChildren } from '../../bench/package-under-test.ts';
import { loadRequests, type RepeatedRequest, startMeasured } from '../../bench/server-load.ts';

const ROUNDS = 10;
/** Of a round, beside its calls. */
const SMALL_REQUESTS = 9_800;
/** The list of calls is full after half of the rounds. */
const CALLS = 200;
const CONNECTIONS = 16;
/** How much more the process may hold at the end than in the middle. */
const MAX_GROWTH_BYTES = 12 * 1024 ** 2;

const generation = (fields: object) => ({
  method: 'POST',
  path: '/v1/images/generations',
  body: JSON.stringify({ model: 'stub', size: '16x16', ...fields }),
});
const SMALL: readonly RepeatedRequest[] = [
  { method: 'GET', path: '/v1/models' },
  { method: 'GET', path: '/healthz' },
  { method: 'GET', path: '/nowhere', status: 404 },
  { ...generation({}), status: 400 },
  { ...generation({ prompt: 'a red fox', model: 'no/such-model' }), status: 404 },
  { method: 'POST', path: '/v1/responses', body: '{"input":"a red fox"}', status: 400 },
  { method: 'DELETE', path: '/v1/models', status: 405 },
];

let children: string;
beforeAll(async () => {
  children = await prepareChildren();
}, 120_000);

it('holds no more memory after 100,000 requests than after 50,000', async () => {
  const server = await startMeasured(children, 'ours');
  try {
    const held: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const requests = SMALL_REQUESTS / SMALL.length;
      for (const request of SMALL) await loadRequests(server, request, { requests, connections: CONNECTIONS });
      const calls = { requests: CALLS, connections: CONNECTIONS };
      await loadRequests(server, generation({ prompt: `a red fox, number ${round}` }), calls);
      held.push((await server.report()).heldBytes);
    }
    const megabytes = held.map((bytes) => (bytes / 1024 ** 2).toFixed(1));
    console.log(`${ROUNDS * (SMALL_REQUESTS + CALLS)} requests; MB held after each tenth: ${megabytes.join(' ')}`);
    const middle = held[ROUNDS / 2 - 1] ?? 0;
    expect(Math.min(...held.slice(-2)) - middle).toBeLessThan(MAX_GROWTH_BYTES);
  } finally {
    await server.close();
  }
}, 900_000);
