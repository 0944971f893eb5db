import { describe, expect, it } from 'vitest';
import { createImageManager, type ManagerContext, type ManagerEvent, StubProvider } from '../../src/index.ts';
import { PaidProvider, small } from './support.ts';

const request = { prompt: 'a red fox', size: '64x64' } as const;

async function eventsOf(
  provider: StubProvider | PaidProvider,
  context: Pick<ManagerContext, 'wantsPartialImages' | 'partialImages'>,
) {
  const images = createImageManager({ providers: { one: provider } });
  const events: ManagerEvent[] = [];
  const generation = await images.generate(small, { ...context, onEvent: (event) => events.push(event) });
  return { generation, events, types: events.map(({ type }) => type) };
}

describe('wantsPartialImages', () => {
  it('brings unfinished images before the image of the same call', async () => {
    const stub = new StubProvider();
    const { generation, events } = await eventsOf(stub, { wantsPartialImages: true });
    const partials = events.filter((event) => event.type === 'partial');
    expect(partials.length).toBeGreaterThan(0);
    expect(partials.every(({ imageBytes }) => imageBytes.length > 0)).toBe(true);
    expect(events.map(({ type }) => type).slice(-2)).toEqual(['image', 'done']);
    expect(events.filter(({ type }) => type === 'done')).toHaveLength(1);
    expect(events.filter(({ type }) => type === 'image')).toHaveLength(1);
    expect(generation.images).toHaveLength(1);
    expect(stub.calls.map(({ method }) => method)).toEqual(['stream']);
  });

  it('is off by default', async () => {
    const stub = new StubProvider();
    expect((await eventsOf(stub, {})).types).not.toContain('partial');
    expect(stub.calls.map(({ method }) => method)).toEqual(['generate']);
  });

  it('changes nothing at a provider whose models send no unfinished images', async () => {
    const { generation, types } = await eventsOf(new PaidProvider(), { wantsPartialImages: true });
    expect(types).not.toContain('partial');
    expect(generation.images).toHaveLength(1);
  });

  it('passes on the error of the provider, with what it says about the charge', async () => {
    const images = createImageManager({ providers: { stub: new StubProvider({ refuse: true }) } });
    const call = images.generate(request, { wantsPartialImages: true });
    await expect(call).rejects.toMatchObject({ code: 'content_refused', charged: 'unknown' });
  });

  it('reports a stream that ends without a result as a fault of the provider, which may have charged', async () => {
    const stub = new StubProvider();
    const silent: StubProvider = Object.create(stub, {
      stream: {
        value: () =>
          (async function* () {
            yield* [];
          })(),
      },
    });
    const images = createImageManager({ providers: { silent } });
    const call = images.generate(request, { wantsPartialImages: true });
    await expect(call).rejects.toMatchObject({ code: 'internal', charged: 'unknown' });
  });

  it.each([
    [undefined, 2],
    [0, 0],
    [1, 1],
    [3, 3],
    [50, 3], // the maximum of the model's card
  ])('asks for as many as partialImages says: %s', async (partialImages, expected) => {
    const { types } = await eventsOf(new StubProvider(), { wantsPartialImages: true, partialImages });
    expect(types.filter((type) => type === 'partial')).toHaveLength(expected);
  });

  it.each([-1, 1.5, '2', Number.NaN])('refuses %s as partialImages before anything is sent', async (value) => {
    const stub = new StubProvider();
    const images = createImageManager({ providers: { stub } });
    const partialImages = value as number; // wrong on purpose
    const call = images.generate(request, { wantsPartialImages: true, partialImages });
    await expect(call).rejects.toMatchObject({
      code: 'invalid_request',
      message: expect.stringContaining('partialImages'),
    });
    expect(stub.calls).toEqual([]);
  });

  it('must be true or false', async () => {
    const images = createImageManager({ providers: { stub: new StubProvider() } });
    const call = images.generate(request, { wantsPartialImages: 3 as unknown as boolean });
    await expect(call).rejects.toMatchObject({ code: 'invalid_request' });
  });
});
