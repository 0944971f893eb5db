import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createImageManager } from '../../../src/manager/index.ts';
import type { Candidate } from '../../../src/manager/interfaces/plan.ts';
import { route } from '../../../src/manager/steps/route.ts';
import { PaidProvider, small } from '../support.ts';

const order = async (images: ReturnType<typeof createImageManager>, request: object) =>
  (await images.plan({ ...small, ...request })).candidates.map(({ provider }) => provider);

describe('the order', () => {
  const providers = {
    cheap: new PaidProvider({ estimateUsd: 0.01, id: 'leonardo' }),
    letters: new PaidProvider({ estimateUsd: 0.2, id: 'ideogram' }),
    safe: new PaidProvider({ estimateUsd: 0.3, id: 'firefly' }),
  };
  const images = createImageManager({
    providers: { safe: providers.safe, letters: providers.letters, cheap: providers.cheap },
  });

  it.each([
    ['is that of the settings', {}, ['safe', 'letters', 'cheap']],
    ['contains only a named provider', { provider: 'letters' }, ['letters']],
    ['follows the intent', { metadata: { intent: 'typography' } }, ['letters', 'safe', 'cheap']],
    ['follows words in the prompt', { prompt: 'a logo of a fox' }, ['letters', 'safe', 'cheap']],
    [
      'trusts the intent more than the prompt',
      { prompt: 'a logo', metadata: { intent: 'compliance' } },
      ['safe', 'letters', 'cheap'],
    ],
    [
      'begins with the cheapest for a draft',
      { quality: 'draft', onUnsupported: 'adapt' },
      ['cheap', 'letters', 'safe'],
    ],
  ])('%s', async (_, request, expected) => {
    expect(await order(images, request)).toEqual(expected);
  });

  it('gives reasons', async () => {
    const { candidates } = await images.plan({ ...small, metadata: { intent: 'typography' } });
    expect(candidates[0]?.reasons).toEqual(['number 1 for typography, by the intent']);
  });

  it('leaves out candidates that cannot do the request, and reports their refusals', async () => {
    const { candidates, refused } = await images.plan({ ...small, style: 'a-vendor’s-own' });
    expect(candidates).toEqual([]);
    expect(refused.map(({ plan }) => plan.refusals[0]?.field)).toEqual(['style', 'style', 'style']);
    await expect(images.generate({ ...small, style: 'a-vendor’s-own' })).rejects.toMatchObject({
      code: 'unsupported',
      charged: 'no',
      message: expect.stringMatching(/^no provider can do this request: safe: /),
    });
  });

  it('contains every candidate, whatever the request', () => {
    const candidate = (provider: string, usd?: number) =>
      ({ provider, model: 'm', reasons: [], composed: {}, plan: { price: { usd } } }) as unknown as Candidate;
    const some = fc.uniqueArray(
      fc.record({ name: fc.string({ minLength: 1 }), usd: fc.option(fc.double({ min: 0, max: 9, noNaN: true })) }),
      {
        selector: ({ name }) => name,
      },
    );
    fc.assert(
      fc.property(some, fc.string(), fc.boolean(), (all, prompt, isDraft) => {
        const candidates = all.map(({ name, usd }) => candidate(name, usd ?? undefined));
        const routing = {
          rules: [],
          idOf: (name: string) => name,
          order: all.map(({ name }) => name),
          warningFor: () => undefined,
        };
        const routed = route(candidates, { prompt, ...(isDraft && { quality: 'draft' }) }, routing);
        expect(routed.map(({ provider }) => provider).sort()).toEqual(all.map(({ name }) => name).sort());
      }),
    );
  });
});

describe('health', () => {
  it('moves an unhealthy provider to the end, until it recovers', async () => {
    let isWell = false;
    const moody = new PaidProvider();
    moody.healthCheck = async () =>
      isWell
        ? { status: 'ok', latencyMs: 1 }
        : { status: 'failing', latencyMs: 1, code: 'unavailable', message: 'not well' };
    const images = createImageManager({ providers: { moody, steady: new PaidProvider() } });
    expect(await order(images, {})).toEqual(['moody', 'steady']);
    await images.health();
    expect(await order(images, {})).toEqual(['steady', 'moody']);
    expect((await images.plan(small)).candidates[1]?.reasons).toEqual(['its last health check reported a problem']);
    // A request that names it still gets it.
    expect((await images.generate({ ...small, provider: 'moody' })).attempts).toMatchObject([{ outcome: 'done' }]);
    expect(await order(images, {})).toEqual(['moody', 'steady']);
    isWell = true;
    await images.health();
    expect(await order(images, {})).toEqual(['moody', 'steady']);
  });
});
