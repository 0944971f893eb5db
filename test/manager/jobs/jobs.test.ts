/** Recorded calls and jobs, and other methods of a manager. */
import { describe, expect, it } from 'vitest';
import { type AiImageError, StubProvider } from '../../../src/index.ts';
import { createImageManager, createLedger, type JobRecord } from '../../../src/manager/index.ts';
import { createJobRecords } from '../../../src/manager/jobs/job-records.ts';
import { handleOf } from '../../store/sample-images.ts';
import { PaidProvider, type PaidSettings, small, timeOutAfterSubmit } from '../support.ts';

describe('a job', () => {
  it('is recorded before the first poll, and ends when its image arrives', async () => {
    const images = createImageManager({ providers: { farm: new StubProvider({ job: { polls: 2 } }) } });
    const seen: string[] = [];
    await images.generate(small, {
      async onJob() {
        seen.push(...(await images.jobs()).map(({ state }) => state));
      },
    });
    expect(seen).toEqual(['running']);
    expect(await images.jobs()).toMatchObject([{ provider: 'farm', state: 'done' }]);
  });

  it('a job that timed out is fetched by its id, and submitted once', async () => {
    const farm = timeOutAfterSubmit(new StubProvider({ job: { polls: 1 } }));
    const images = createImageManager({ providers: { other: new PaidProvider(), farm } });
    await expect(images.generate({ ...small, provider: 'farm', fallback: [] })).rejects.toMatchObject({
      code: 'timeout',
    });
    const [record] = await images.jobs();
    expect(record).toMatchObject({ provider: 'farm', state: 'running' });

    expect((await images.resume(record!.handle!.id)).images).toHaveLength(1);
    expect(farm.calls.map(({ method }) => method)).toEqual(['submit', 'resume']);
    expect(await images.jobs()).toMatchObject([{ state: 'done' }]);
    await expect(images.resume('nobody')).rejects.toMatchObject({ code: 'invalid_request' });
  });

  it('reports progress while it is resumed, and keeps the image when a listener throws', async () => {
    const farm = timeOutAfterSubmit(new StubProvider({ job: { polls: 2 } }));
    const images = createImageManager({ providers: { farm } });
    await expect(images.generate(small)).rejects.toMatchObject({ code: 'timeout' });
    const [record] = await images.jobs();
    const events: string[] = [];
    const generation = await images.resume(record!.handle!.id, {
      onEvent({ type }) {
        events.push(type);
        throw new Error('a listener’s own affair');
      },
    });
    expect(generation.images).toHaveLength(1);
    expect(new Set(events)).toEqual(new Set(['queued', 'progress', 'image']));
  });

  it('is resumed with all others that no process works on, and a running call is not touched', async () => {
    const farm = new StubProvider({ job: { polls: 2 } });
    const { generate } = farm;
    timeOutAfterSubmit(farm);
    const images = createImageManager({ providers: { farm } });
    const ask = (seed: number) => images.generate({ ...small, seed });
    await Promise.allSettled([ask(1), ask(2)]);
    farm.generate = generate.bind(farm);
    const underWay = images.generate({ ...small, seed: 3 });
    const outcomes = await images.resume();
    expect(outcomes.map((each) => 'generation' in each && each.generation.images.length)).toEqual([1, 1]);
    await underWay;
    expect(farm.calls.map(({ method }) => method).sort()).toEqual(['generate', 'resume', 'resume', 'submit', 'submit']);
    expect(await images.resumeAll()).toEqual([]);
  });
});

describe('a call', () => {
  /** Notes the records and the idempotency key at the moment of the request. */
  function watched(images: () => ReturnType<typeof createImageManager>, settings: PaidSettings = {}) {
    const paid = new PaidProvider(settings);
    const seen: { readonly key: string | undefined; readonly records: readonly JobRecord[] }[] = [];
    const { generate } = paid;
    paid.generate = async (request, context) => {
      seen.push({ key: context?.idempotencyKey, records: await images().jobs() });
      return generate(request, context);
    };
    return { paid, seen };
  }

  it('C10: a call is recorded under 128 random bits before it is sent, and they are its idempotency key', async () => {
    const { paid, seen } = watched(() => images);
    const images = createImageManager({ providers: { paid } });
    await images.generate(small);
    await images.generate(small);
    const [first, second] = seen;
    expect(first?.key).toMatch(/^[0-9a-f]{32}$/);
    expect(second?.key).not.toBe(first?.key);
    expect(first?.records).toMatchObject([{ id: first?.key, provider: 'paid', model: 'stub-1', state: 'submitting' }]);
    expect(await images.jobs()).toEqual([]);
  });

  it('C10: a call keeps a caller’s own key, and derives another one from it for another vendor', async () => {
    const { paid: bad, seen: first } = watched(() => images, { fail: 'unavailable' });
    const { paid: good, seen: second } = watched(() => images);
    const images = createImageManager({ providers: { bad, good } });
    await images.generate(small, { idempotencyKey: 'the-key-of-this-order' });
    expect([first[0]?.key, second[0]?.key]).toEqual(['the-key-of-this-order', 'the-key-of-this-order-attempt-2']);
  });

  it.each([
    ['outcome_unknown', ['unknown']],
    ['unavailable', []],
    // The vendor said why there is no image, and not whether it charged the attempt.
    ['content_refused', ['unknown']],
    ['bad_response', ['unknown']],
  ] as const)('that ended with %s has the records %j', async (fail, states) => {
    const images = createImageManager({ providers: { bad: new PaidProvider({ fail }) } });
    await expect(images.generate(small)).rejects.toMatchObject({ code: fail });
    expect((await images.jobs()).map(({ state }) => state)).toEqual(states);
  });

  it('a call that cannot be recorded is not sent, and its reservation is released', async () => {
    const paid = new PaidProvider();
    const jobs = { ...createJobRecords(Date.now), begin: () => Promise.reject(new Error('disk full')) };
    const ledger = createLedger();
    const images = createImageManager({ providers: { paid }, jobs, ledger, budget: { perProjectUsd: { fox: 1 } } });
    const asked = images.generate({ ...small, metadata: { costCenter: 'fox' } });
    await expect(asked).rejects.toMatchObject({ code: 'storage_failed', charged: 'no' });
    expect([paid.bought, await ledger.taken('project fox')]).toEqual([0, 0]);
  });

  it('is not sent when a ledger or a store of the host fails with an error of its own', async () => {
    const broken = () => Promise.reject(new Error('disk full'));
    for (const settings of [
      { ledger: { ...createLedger(), reserve: broken } },
      { store: { preflight: broken, save: broken, quarantine: broken } as never },
    ]) {
      const paid = new PaidProvider();
      const error = await createImageManager({ providers: { paid }, ...settings })
        .generate(small)
        .catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 'storage_failed', charged: 'no', cause: { message: 'disk full' } });
      expect(paid.bought).toBe(0);
    }
  });

  it('stays open, and its image is in the error, when a store of the host cannot save it', async () => {
    const farm = timeOutAfterSubmit(new StubProvider({ job: { polls: 1 } }));
    const store = {
      ...{ ledger: createLedger(), jobs: createJobRecords(Date.now), preflight: async () => undefined },
      ...{ save: () => Promise.reject(new Error('disk full')), quarantine: async () => '/quarantine/fox.bin' },
    };
    const images = createImageManager({ providers: { farm }, store: store as never });
    await images.generate(small).catch(() => undefined);
    const [job] = await images.jobs();
    const error = await images.resume(job!.handle!).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'storage_failed', charged: 'unknown', cause: { message: 'disk full' } });
    expect((error as AiImageError).quarantine[0]?.length).toBeGreaterThan(0);
    expect(await images.jobs()).toMatchObject([{ state: 'running' }]);
  });

  it('is removed from the records in the end, so that their number stays small', async () => {
    const records = createJobRecords(Date.now);
    for (let call = 0; call < 10_100; call++) {
      const id = `call-${call}`;
      await records.begin({ id, provider: 'paid', model: 'm', reservation: id });
      await records.submitted(id, handleOf(`job-${call}`));
      await records.end(id, 'failed');
    }
    expect(await records.list()).toHaveLength(1_000);
    expect(await records.find('call-99')).toBeUndefined();
    expect(await records.find('call-100')).toMatchObject({ state: 'failed' });
  });
});

it('two managers share no state', async () => {
  const provider = new PaidProvider();
  const [one, other] = [1, 2].map(() => createImageManager({ providers: { provider }, budget: { perDayUsd: 0.15 } }));
  await one!.generate(small);
  await expect(one!.generate({ ...small, seed: 1 })).rejects.toMatchObject({ code: 'budget_exceeded' });
  expect((await other!.generate({ ...small, seed: 1 })).images).toHaveLength(1);
  await expect(other!.generate({ ...small, session: one!.session() })).rejects.toMatchObject({
    code: 'invalid_request',
  });
});

it('reports the health of its providers, and errors in its settings', async () => {
  const images = createImageManager({
    providers: { good: new PaidProvider(), bad: new PaidProvider({ fail: 'unavailable' }) },
  });
  expect(await images.health()).toMatchObject({ good: { status: 'ok' }, bad: { status: 'failing' } });
  await images.close();
  expect(() => createImageManager({ providers: {} })).toThrow(/at least one provider/);
});
