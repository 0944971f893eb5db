/** A call of unknown outcome is never submitted again, and a call that was never sent is never of unknown outcome. */
import { afterAll, describe, expect, it } from 'vitest';
import { createImageManager, type ManagerRequest } from '../../src/index.ts';
import { createLedger } from '../../src/manager/index.ts';
import { closeServers, type Hit, startServer } from '../faults/hostile-server.ts';
import { directProvider, jobProvider } from '../faults/job-vendor.ts';
import { base64, failure, png } from '../faults/support.ts';
import { priced } from '../store/priced.ts';
import { PaidProvider, small } from './support.ts';

afterAll(closeServers);

const day = () => `day ${new Date().toISOString().slice(0, 10)}`;

/** Responses after which nothing proves that the call was not charged. */
const DOUBTS: readonly (readonly [what: string, answer: (hit: Hit) => void])[] = [
  [
    'a reply that breaks off',
    (hit) => {
      hit.write('HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{"images":');
      hit.socket.end();
    },
  ],
  ['no reply', (hit) => hit.reset()],
  ['HTTP 500', (hit) => hit.reply(500, { error: 'oops' })],
  ['HTTP 504', (hit) => hit.reply(504, 'gateway')],
  ['an empty object', (hit) => hit.reply(200, {})],
  ['an error with HTTP 200', (hit) => hit.reply(200, { error: 'try again later' })],
  ['a string', (hit) => hit.reply(200, 'thank you', { 'content-type': 'text/plain' })],
  ['an array', (hit) => hit.reply(200, [1, 2])],
  ['other data than images', (hit) => hit.reply(200, { images: 'many' })],
  ['a truncated image', (hit) => hit.reply(200, { images: [{ bytes: base64(png().slice(0, 60)) }] })],
  [
    'an HTML page in place of JSON',
    (hit) => hit.reply(200, '<html>hello</html>', { 'content-type': 'application/json' }),
  ],
];

describe.each(DOUBTS)('O16: after %s', (_, answer) => {
  it.each([['at once'], ['with a job']] as const)(
    'each() with retryFailed and a fallback submits once (a vendor that answers %s), and keeps the reservation',
    async (kind) => {
      const server = await startServer((hit) => {
        hit.bill();
        answer(hit);
      });
      const make = kind === 'at once' ? directProvider : jobProvider;
      const vendor = priced(make(server, { deadlineMs: 3_000 }), 0.1);
      const spare = new PaidProvider();
      const ledger = createLedger();
      const images = createImageManager({ providers: { vendor, spare }, ledger, budget: { perDayUsd: 100 } });
      const { items } = await images.each('a {{variation}} fox', ['red'], {
        retryFailed: 3,
        request: { provider: 'vendor', fallback: ['spare', 'vendor'] },
      });
      expect(items).toMatchObject([{ status: 'failed' }]);
      expect([server.bills(), spare.bought]).toEqual([1, 0]);
      expect(await ledger.taken(day())).toBe(100_000);
      const [record, ...others] = await images.jobs();
      expect([record?.state, record?.lastAttempt !== undefined, others]).toEqual(['unknown', true, []]);
    },
  );
});

describe('a call that the HTTP client never sends', () => {
  it.each(['ERR_INVALID_URL', 'UND_ERR_INVALID_ARG', 'ERR_INVALID_CHAR', 'ERR_HTTP_INVALID_HEADER_VALUE'])(
    '(%s) has a known outcome and keeps no reservation',
    async (code) => {
      const refuse = async () => {
        throw new TypeError('fetch failed', { cause: Object.assign(new Error('turned down'), { code }) });
      };
      const vendor = priced(directProvider({ origin: 'http://127.0.0.1:1' }, { fetch: refuse }), 0.1);
      const ledger = createLedger();
      const images = createImageManager({ providers: { vendor }, ledger });
      const error = await failure(images.generate({ prompt: 'a red fox', fallback: [] }));
      expect([error.charged, error.code === 'outcome_unknown']).toEqual(['no', false]);
      expect([await ledger.taken(day()), await images.jobs()]).toEqual([0, []]);
    },
  );
});

describe('a limit', () => {
  const twice = async (budget: object, more: Partial<ManagerRequest> = {}) => {
    const paid = new PaidProvider();
    const images = createImageManager({ providers: { paid }, budget });
    const calls = [1, 2].map((seed) => images.generate({ ...small, ...more, seed } as ManagerRequest));
    const settled = await Promise.allSettled(calls);
    const ends = settled.map((each) => (each.status === 'fulfilled' ? 'done' : (each.reason as { code: string }).code));
    return { ends: ends.sort(), bought: paid.bought };
  };

  it('per session applies to each call without a session', async () => {
    expect(await twice({ perSessionUsd: 0.05 })).toEqual({ ends: ['budget_exceeded', 'budget_exceeded'], bought: 0 });
    expect(await twice({ perSessionUsd: 0.15 })).toEqual({ ends: ['done', 'done'], bought: 2 });
  });

  it.each([
    [{ perDayUsd: 0.15 }, 'Wait until the day ends (UTC), or raise perDayUsd.'],
    [
      { perProjectPerDayUsd: { fox: 0.15 } },
      'Wait until the day ends (UTC), or raise perProjectPerDayUsd for this project. The project is metadata.costCenter of the request.',
    ],
    [{ perMonthUsd: 0.15 }, 'Wait until the month ends (UTC), or raise perMonthUsd.'],
    [
      { perProjectDefaultUsd: 0.15 },
      'Raise perProjectDefaultUsd, or add this project to perProjectUsd. The project is metadata.costCenter of the request.',
    ],
  ])('%j names its limit in the hint', async (budget, hint) => {
    const images = createImageManager({ providers: { paid: new PaidProvider() }, budget });
    const request = { ...small, metadata: { costCenter: 'fox' } };
    await images.generate({ ...request, seed: 1 });
    const error = await failure(images.generate({ ...request, seed: 2 }));
    expect(error).toMatchObject({ code: 'budget_exceeded', hint });
  });

  it('per project names perProjectUsd when the project has a limit of its own', async () => {
    const budget = { perProjectUsd: { fox: 0.15 }, perProjectDefaultUsd: 9 };
    const images = createImageManager({ providers: { paid: new PaidProvider() }, budget });
    const request = { ...small, metadata: { costCenter: 'fox' } };
    await images.generate({ ...request, seed: 1 });
    expect(await failure(images.generate({ ...request, seed: 2 }))).toMatchObject({
      message:
        'paid: the call would cost about 0.1 USD, but only 0.05 USD is left of the limit of 0.15 USD for project fox',
      hint: 'Raise perProjectUsd for this project. The project is metadata.costCenter of the request.',
    });
  });

  it('says that nothing is left when the whole limit is used', async () => {
    const images = createImageManager({ providers: { paid: new PaidProvider() }, budget: { perDayUsd: 0.1 } });
    await images.generate({ ...small, seed: 1 });
    expect((await failure(images.generate({ ...small, seed: 2 }))).message).toContain(
      'about 0.1 USD, but nothing is left of the limit of 0.1 USD for day ',
    );
  });

  it.each([
    [{ perCallUsd: 0.05 }, 'perCallUsd'],
    [{ perSessionUsd: 0.05 }, 'perSessionUsd'],
  ])('%j is named in the hint when one call costs more', async (budget, setting) => {
    const images = createImageManager({ providers: { paid: new PaidProvider() }, budget });
    const { hint } = await failure(images.generate(small));
    expect(hint).toBe(`Request fewer images, a lower quality or another model, or raise ${setting}.`);
  });

  it('per session requires a known price, also for a call without a session', async () => {
    const paid = new PaidProvider({ estimateUsd: null });
    const images = createImageManager({ providers: { paid }, budget: { perSessionUsd: 5 } });
    expect(await failure(images.generate(small))).toMatchObject({ code: 'budget_exceeded' });
  });

  it('per project has a default for each project that is not named', async () => {
    const budget = { perProjectUsd: { fox: 1 }, perProjectDefaultUsd: 0.15 };
    const of = (costCenter: unknown) => twice(budget, { metadata: { costCenter } });
    expect((await of('hare')).ends).toEqual(['budget_exceeded', 'done']);
    expect((await of('fox')).ends).toEqual(['done', 'done']);
    // A number names a project as its text does.
    expect((await of(42)).ends).toEqual(['budget_exceeded', 'done']);
    expect((await twice(budget)).ends).toEqual(['done', 'done']);
  });

  it.each([
    { perDayUsd: -1 },
    { perCallUsd: Number.NaN },
    { perProjectUsd: { fox: -1 } },
    { perProjectPerDayUsd: { fox: -1 } },
  ])('that is not an amount is refused when the manager is created: %j', (budget) => {
    expect(() => createImageManager({ providers: { paid: new PaidProvider() }, budget })).toThrow(
      /amount of US dollars/,
    );
  });
});
