/** Calls each route of the table through the client, and checks each answer with the schema of its route. */
import { afterAll, describe, expect, it } from 'vitest';
import { createClient, type ImageClient, ROUTES, type RouteName } from '../../src/client/index.ts';
import { SCHEMAS } from '../../src/client/schemas/schemas.ts';
import { useClients } from './support.ts';

const start = useClients();
const called = new Set<RouteName>();

const { client: plain, server } = await start();
const client = withChecks(plain);

/** Remembers each route that was called, and checks its JSON answers and events strictly. */
function withChecks(of: ImageClient): ImageClient {
  const checked = Object.entries(of).map(([name, method]) => {
    const route = name as RouteName;
    const call = method as (...args: unknown[]) => unknown;
    const { answer: kind = 'json' } = ROUTES[route] as { readonly answer?: string };
    return [
      route,
      (...args: unknown[]) => {
        called.add(route);
        const result = call(...args);
        if (kind === 'events') return checkedEvents(route, result as AsyncIterable<unknown>);
        return (result as Promise<unknown>).then((answer) => (kind === 'json' ? checkAnswer(route, answer) : answer));
      },
    ];
  });
  return Object.fromEntries(checked) as unknown as ImageClient;
}

async function* checkedEvents(route: RouteName, events: AsyncIterable<unknown>) {
  for await (const event of events) yield checkAnswer(route, event);
}

function checkAnswer(route: RouteName, answer: unknown): unknown {
  const parsed = SCHEMAS[route].answer.safeParse(answer);
  expect(parsed.error?.issues ?? []).toEqual([]);
  // A field that the schema does not have would be dropped by it.
  expect(parsed.data).toEqual(answer);
  return answer;
}

const FOX = { prompt: 'a red fox in the snow', size: '64x64' } as const;

describe('each route', () => {
  it('plan: shows candidates and prices, and sends nothing', async () => {
    const { candidates, refused } = await client.plan(FOX);
    expect(candidates[0]).toMatchObject({ provider: 'stub', prompt: FOX.prompt, refusals: [] });
    expect(refused).toEqual([]);
    expect(await server.store.search()).toEqual([]);
  });

  it('generate: returns stored images with links', async () => {
    const { run, generation } = await client.generate({ ...FOX, n: 2, wait: 30 });
    expect(run).toMatchObject({ token: 'ada', operation: 'generate', images: 2 });
    expect(generation?.images).toHaveLength(2);
    expect(generation?.images[0]).toMatchObject({ width: 64, height: 64 });
    expect(generation?.images[0]?.url).toContain(`/files/${generation?.images[0]?.id}/`);
  });

  it('edit: takes stored images by id, and records them as parents', async () => {
    const [parent] = await server.store.search({ limit: 1 });
    const { generation } = await client.edit({ ...FOX, prompt: 'the same at night', inputImages: [parent!.id] });
    const { parents } = await server.store.get(generation!.images[0]!.id!);
    expect(parents).toEqual([parent!.id]);
  });

  it('runs: are listed, found, watched and cancelled', async () => {
    const { run } = await client.generate(FOX);
    const { runs, total } = await client.listRuns({ limit: 1 });
    expect(runs.map(({ id }) => id)).toEqual([run.id]);
    expect(total).toBeGreaterThanOrEqual(3);
    expect(await client.getRun({ id: run.id })).toMatchObject({ id: run.id, state: 'done' });
    const events = await collect(client.watchRun({ id: run.id }));
    expect(events.at(-1)).toMatchObject({ type: 'done', run: { id: run.id } });
    expect(await client.cancelRun({ id: run.id })).toMatchObject({ isCancelling: false, run: { state: 'done' } });
    const stop = new AbortController();
    const [next] = await Promise.all([
      client.watchRuns({}, { signal: stop.signal })[Symbol.asyncIterator]().next(),
      client.generate(FOX),
    ]);
    stop.abort();
    expect(next.value).toMatchObject({ run: { token: 'ada' } });
  });

  it('images: are found, page by page', async () => {
    const first = await client.searchImages({ text: 'fox', limit: 2 });
    expect(first.images).toHaveLength(2);
    const second = await client.searchImages({ text: 'fox', limit: 2, after: first.next });
    expect(second.images[0]?.id).not.toBe(first.images[1]?.id);
    const all = await client.searchImages();
    expect([...first.images, ...second.images].map(({ id }) => id)).toEqual(
      all.images
        .filter(({ prompt }) => prompt.includes('fox'))
        .slice(0, 4)
        .map(({ id }) => id),
    );
  });

  it('images: have facts, lineage, provenance and links', async () => {
    const [child] = (await client.searchImages({ text: 'night' })).images;
    const image = await client.getImage({ id: child!.id });
    expect(image).toMatchObject({ id: child!.id, prompt: 'the same at night', mediaType: 'image/png' });
    expect((await client.getLineage({ id: child!.id })).ancestors).toEqual(image.parents);
    expect((await client.getProvenance({ id: child!.id })).hash).toBe('holds');
    const { url } = await client.linkImage({ id: child!.id, lifetime: 60 });
    expect(url).toContain(`${server.url}/files/${child!.id}/`);
  });

  it('images: are kept, rejected, tagged, exported and deleted', async () => {
    const [image] = (await client.searchImages({ limit: 1 })).images;
    const { id } = image!;
    expect(await client.selectImage({ id, selection: 'kept' })).toMatchObject({ selection: 'kept' });
    expect((await client.searchImages({ kept: true })).images.map((each) => each.id)).toEqual([id]);
    expect((await client.selectImage({ id, selection: null })).selection).toBeUndefined();
    expect((await client.tagImage({ id, tags: ['winter'] })).tags).toEqual(['winter']);
    const zip = await client.exportImages({ ids: [id] });
    expect(zip.headers.get('content-type')).toBe('application/zip');
    expect((await zip.bytes()).subarray(0, 4)).toEqual(Uint8Array.of(0x50, 0x4b, 3, 4));
    await client.deleteImage({ id });
    await expect(client.getImage({ id })).rejects.toMatchObject({ status: 404, code: 'image_not_found' });
  });

  it('jobs: are listed, resumed and settled', async () => {
    const { store } = server;
    const reservation = await store.ledger.reserve({ micros: 10_000, provider: 'stub', model: 'stub', images: 1 }, []);
    const id = 'a-call-of-the-tests-0123456789';
    await store.jobs.begin({ id, provider: 'stub', model: 'stub', reservation: reservation as string });
    await store.jobs.end(id, 'unknown');
    const { jobs } = await client.listJobs({ open: true });
    expect(jobs).toMatchObject([{ id, state: 'unknown' }]);
    await expect(client.resumeJob({ id })).rejects.toMatchObject({ charged: 'no' });
    expect(await client.settleJob({ id, charged: false })).toMatchObject({
      state: 'failed',
      settlement: { charged: false, by: 'ada' },
    });
  });

  it('usage and budget: are those of the token', async () => {
    const { rows, total } = await client.getUsage({ by: 'model' });
    expect(rows.reduce((sum, { images }) => sum + images, 0)).toBe(total.images);
    expect(await client.getBudget()).toMatchObject({ token: 'ada', spentUsd: expect.any(Number) });
  });

  it('the server: lists providers, styles and health, and describes itself', async () => {
    const { providers } = await client.listProviders({ health: true });
    expect(providers).toMatchObject([{ name: 'stub', health: { status: 'ok' } }]);
    expect(providers[0]?.models.map(({ card }) => card.title)).toContain('Stub 1');
    expect((await client.listProviders()).providers[0]).not.toHaveProperty('health');
    expect((await client.listStyles()).styles.map(({ name }) => name)).toContain('watercolour');
    expect(await client.getHealth()).toMatchObject({ providers: { stub: { status: 'ok' } }, runs: { running: 0 } });
    expect(await client.getOpenApi()).toMatchObject({ openapi: '3.1.0', servers: [{ url: server.url }] });
  });
});

afterAll(() => {
  expect(uncalled(called), 'a route of the table is not called above').toEqual([]);
});

const uncalled = (names: ReadonlySet<string>) => Object.keys(ROUTES).filter((name) => !names.has(name));

it('bites: a route that is not called, and a field that no schema has', () => {
  expect(uncalled(new Set(Object.keys(ROUTES).slice(1)))).toEqual(['plan']);
  expect(() => checkAnswer('linkImage', { url: 'x', more: 1 })).toThrow();
  expect(() => checkAnswer('linkImage', { url: 1 })).toThrow();
});

it('answers openapi.json without a token', async () => {
  const open = createClient({ url: server.url });
  expect(await open.getOpenApi()).toHaveProperty('paths');
  await expect(open.listRuns()).rejects.toMatchObject({ status: 401 });
});

async function collect<T>(events: AsyncIterable<T>): Promise<readonly T[]> {
  const all: T[] = [];
  for await (const event of events) all.push(event);
  return all;
}
