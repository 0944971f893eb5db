import { rm, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createImageManager, createProvider, type ManagerRequest } from '../../src/index.ts';
import { createQueue, type Queue, type QueueRequest } from '../../src/queue/index.ts';
import { engineOf, readRequest } from '../../src/queue/queue-parts.ts';
import { createStore, type Store } from '../../src/store/index.ts';
import { publicFiles, useFolder } from '../store/support.ts';

const folder = useFolder();
let store: Store;
let queue: Queue;
beforeEach(() => {
  store = createStore({ directory: folder() });
  queue = createQueue({ store });
});
afterEach(async () => {
  await queue.close();
  await store.close();
});

const FOX: QueueRequest = { prompt: 'a red fox', provider: 'stub' };
const ID = 'call-4711-of-the-test-suite';

async function imageBytes(prompt = 'a fox', size = '64x64') {
  return (await createProvider('stub').generateImage(prompt, { size, format: 'png' })).imageBytes;
}

/** Calls with values that the types forbid, as JavaScript can. */
const enqueue = (request: unknown, options?: unknown) =>
  queue.enqueue(request as QueueRequest, options as Parameters<Queue['enqueue']>[1]);

/** Takes the next work, as a worker does, and reads its request. */
async function nextRequest() {
  const [claim] = await engineOf(queue).claim({ worker: 'a test', leaseMs: 60_000, versions: [1] });
  if (claim === undefined) throw new Error('no work waits');
  return readRequest(queue, claim);
}

describe("the queue of a store with prompts: 'hash'", () => {
  const secret: QueueRequest = {
    prompt: 'a secret fox',
    negativePrompt: 'a secret hen',
    provider: 'stub',
    metadata: { costCenter: 'marketing' },
  };
  const endings = ['its call ends', 'its worker completes it'] as const;

  let hashing: Store;
  let own: Queue;
  beforeEach(() => {
    hashing = createStore({ directory: folder(), prompts: 'hash' });
    own = createQueue({ store: hashing });
  });
  afterEach(async () => {
    await own.close();
    await hashing.close();
  });

  it.each(endings)('has the prompt until the work is done, because %s', async (ending) => {
    const manager = createImageManager({ providers: { stub: createProvider('stub') }, store: hashing });
    await own.enqueue(secret, { id: ID });
    const [claim] = await engineOf(own).claim({ worker: 'a test', leaseMs: 60_000, versions: [1] });
    if (claim === undefined) throw new Error('no work waits');
    const { request } = await readRequest(own, claim);
    expect(request).toEqual(secret);
    if (ending === 'its call ends') await manager.generate({ prompt: 'a fox' }, { callId: ID });
    else await engineOf(own).complete(claim, { artifacts: ['0123456789'] });
    await manager.close();

    const found = await own.find(ID);
    expect(found).toMatchObject({ state: 'done', request: { provider: 'stub', metadata: secret.metadata } });
    expect(JSON.stringify(found)).not.toContain('secret');
    expect(await own.enqueue(secret, { id: ID })).toEqual({ id: ID, outcome: 'known' });
    await expect(own.enqueue({ ...secret, prompt: 'another fox' }, { id: ID })).rejects.toMatchObject({
      code: 'invalid_request',
    });
  });

  it('keeps the prompt of dead work, which can run again', async () => {
    await own.enqueue(secret, { id: ID });
    const [claim] = await engineOf(own).claim({ worker: 'a test', leaseMs: 60_000, versions: [1] });
    if (claim === undefined) throw new Error('no work waits');
    await engineOf(own).fail(claim, { code: 'content_refused', message: 'refused' }, 'dead');
    expect((await own.find(ID))?.request).toEqual(secret);
  });
});

describe('enqueue', () => {
  it('stores a request and returns its id; a worker gets the same request', async () => {
    const request: QueueRequest = {
      prompt: 'a {{variation}} fox 🦊',
      variation: 'red',
      provider: 'stub',
      model: 'light',
      n: 2,
      size: '256x256',
      seed: 0,
      options: { nested: { list: [1, null, 'x', true] } },
      metadata: { costCenter: 'marketing' },
      fallback: [],
      parents: ['0123456789'],
      session: 'user-42',
    };
    const { id, outcome } = await queue.enqueue(request, { deadlineMs: 120_000 });
    expect(id).toMatch(/^[0-9a-f-]{36}$/);
    expect(outcome).toBe('added');
    const { session, ...same } = request;
    expect(await nextRequest()).toEqual({ request: same, session, deadlineMs: 120_000 });
  });

  it('passes on the queue, the priority and the start', async () => {
    const runAt = new Date(Date.now() + 3_600_000);
    const { id } = await queue.enqueue(FOX, { id: ID, queue: 'slow.jobs', priority: -5, runAt });
    expect(id).toBe(ID);
    expect(await queue.find(ID)).toMatchObject({
      ...{ id: ID, queue: 'slow.jobs', provider: 'stub', state: 'waiting', priority: -5, runAt, attempt: 0 },
      ...{ isCancelRequested: false, request: FOX },
    });
  });

  it('keeps the request as it was when it was enqueued', async () => {
    const options = { style: 'a' };
    const bytes = await imageBytes();
    const original = new Uint8Array(bytes);
    const adding = queue.enqueue({ ...FOX, options, inputImages: [bytes] });
    options.style = 'b';
    bytes.fill(0);
    await adding;
    expect((await nextRequest()).request).toMatchObject({ options: { style: 'a' }, inputImages: [original] });
  });

  it('adds an id once: the same request again changes nothing', async () => {
    await queue.enqueue(FOX, { id: ID });
    // The order of keys does not matter.
    const again = await queue.enqueue({ provider: 'stub', prompt: 'a red fox' }, { id: ID, priority: 9 });
    expect(again).toEqual({ id: ID, outcome: 'known' });
    expect(await queue.find(ID)).toMatchObject({ priority: 0 });
    expect(await queue.list()).toHaveLength(1);
  });

  it('refuses another request under the same id, and changes nothing', async () => {
    const image = await imageBytes();
    await queue.enqueue({ ...FOX, inputImages: [image] }, { id: ID });
    const others = [
      FOX,
      { ...FOX, prompt: 'a cat', inputImages: [image] },
      { ...FOX, inputImages: [await imageBytes('a cat')] },
    ];
    const files = await publicFiles(folder());
    for (const other of others) {
      await expect(queue.enqueue(other, { id: ID })).rejects.toMatchObject({ code: 'invalid_request', charged: 'no' });
    }
    expect(await publicFiles(folder())).toEqual(files);
    expect(await queue.enqueue({ ...FOX, inputImages: [image] }, { id: ID })).toMatchObject({ outcome: 'known' });
  });

  it('adds all or none', async () => {
    const work = [{ request: FOX }, { request: { ...FOX, prompt: ' ' } }];
    await expect(queue.enqueueAll(work)).rejects.toMatchObject({ code: 'invalid_request' });
    expect(await queue.list()).toEqual([]);

    await queue.enqueue(FOX, { id: ID });
    const taken = [{ request: FOX }, { request: { ...FOX, prompt: 'a cat' }, options: { id: ID } }];
    await expect(queue.enqueueAll(taken)).rejects.toThrow('another request');
    expect(await queue.list()).toHaveLength(1);
  });

  it('answers for each of several, also when an id repeats', async () => {
    await queue.enqueue(FOX, { id: ID });
    const other = `${ID}-other`;
    const outcomes = await queue.enqueueAll([
      { request: FOX, options: { id: ID } },
      { request: FOX, options: { id: other } },
      { request: FOX, options: { id: other } },
    ]);
    expect(outcomes).toEqual([
      { id: ID, outcome: 'known' },
      { id: other, outcome: 'added' },
      { id: other, outcome: 'known' },
    ]);
    const changed = [
      { request: FOX, options: { id: `${ID}-third` } },
      { request: { ...FOX, prompt: 'a cat' }, options: { id: `${ID}-third` } },
    ];
    await expect(queue.enqueueAll(changed)).rejects.toThrow('another request');
    expect(await queue.enqueueAll([])).toEqual([]);
  });

  it('adds an id once when two queues add it at the same time', async () => {
    const other = createQueue({ store });
    const outcomes = await Promise.all([queue.enqueue(FOX, { id: ID }), other.enqueue(FOX, { id: ID })]);
    expect(outcomes.map(({ outcome }) => outcome).sort()).toEqual(['added', 'known']);
    await other.close();
  });
});

describe('a wrong call', () => {
  const circular: Record<string, unknown> = {};
  circular.self = circular;
  let deep: unknown = 'x';
  for (let level = 0; level < 200; level++) deep = [deep];

  it.each<readonly [what: string, request: unknown, message: string]>([
    ['no object', 'a red fox', 'the request must be'],
    ['a misspelled field', { ...FOX, promt: 'x' }, 'unknown field "promt"'],
    ['an option in the request', { ...FOX, priority: 3 }, 'unknown field "priority"'],
    ['no prompt', {}, 'request.prompt must be a string'],
    ['a blank prompt', { prompt: ' ' }, 'request.prompt must not be blank'],
    ['a wrong size', { ...FOX, size: '12' }, 'request.size must be "WIDTHxHEIGHT"'],
    ['a session object', { ...FOX, session: { id: 'x', images: 0 } }, 'request.session must be the name'],
    ['a long session', { ...FOX, session: 'x'.repeat(257) }, 'request.session must be the name'],
    ['a wrong provider', { ...FOX, provider: 5 }, 'request.provider must be the name'],
    ['wrong parents', { ...FOX, parents: 'id' }, 'request.parents must be a list'],
    ['a function', { ...FOX, metadata: { onDone: () => 1 } }, 'request.metadata.onDone must be JSON, not a function'],
    ['a bigint', { ...FOX, options: { big: 1n } }, 'request.options.big must not be a bigint'],
    ['a date', { ...FOX, metadata: { at: new Date(0) } }, 'request.metadata.at must be JSON, not an instance of Date'],
    ['bytes in options', { ...FOX, options: { image: new Uint8Array(3) } }, 'request.options.image must be JSON'],
    ['not a number', { ...FOX, options: { scale: Number.NaN } }, 'request.options.scale must be a finite number'],
    ['a hole in a list', { ...FOX, options: { list: [1, undefined] } }, 'request.options.list.1 must be JSON'],
    ['a circle', { ...FOX, metadata: circular }, 'must not contain itself'],
    ['deep nesting', { ...FOX, metadata: { deep } }, 'must be nested at most 100 levels deep'],
    ['an inherited field', Object.create(FOX), 'request.'],
    [
      'an input that is no image link',
      { ...FOX, inputImages: ['file:///etc/passwd'] },
      'request.inputImages.0 must be',
    ],
    ['an input that is no image', { ...FOX, inputImages: [new Uint8Array([1, 2, 3])] }, 'the image cannot be imported'],
    [
      'a broken data link',
      { ...FOX, mask: 'data:image/png;base64,%%%', inputImages: ['https://a.example/b.png'] },
      'data: link',
    ],
  ])('with %s is refused before anything is written', async (_, request, message) => {
    const error = await enqueue(request).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'invalid_request', charged: 'no', message: expect.stringContaining(message) });
    expect((error as { hint?: string }).hint).toBeTypeOf('string');
    expect(await queue.list()).toEqual([]);
    expect(await publicFiles(folder())).toEqual([]);
  });

  it.each<readonly [options: unknown, message: string]>([
    [{ id: 'short' }, 'id must have 16 to 128 letters'],
    [{ id: 'order-of-somebody-12' }, 'id must not end in a hyphen and a short number'],
    [{ id: 17 }, 'id must be a text'],
    [{ queue: 'a b' }, 'option queue must have 1 to 64 letters'],
    [{ queue: '' }, 'option queue must have 1 to 64 letters'],
    [{ queue: 'x'.repeat(65) }, 'option queue must have 1 to 64 letters'],
    [{ priority: 101 }, 'option priority must be a whole number'],
    [{ priority: 1.5 }, 'option priority must be a whole number'],
    [{ priority: '1' }, 'option priority must be a whole number'],
    [{ runAt: Date.now() }, 'option runAt must be a valid Date'],
    [{ runAt: new Date(Number.NaN) }, 'option runAt must be a valid Date'],
    [{ deadlineMs: 0 }, 'option deadlineMs must be a number'],
    [{ deadlineMs: Number.POSITIVE_INFINITY }, 'option deadlineMs must be a number'],
    [{ prioriti: 1 }, 'unknown option "prioriti"'],
    ['fast', 'the options must be an object'],
  ])('with the options %j is refused', async (options, message) => {
    await expect(enqueue(FOX, options)).rejects.toMatchObject({
      ...{ code: 'invalid_request', charged: 'no', message: expect.stringContaining(message) },
    });
    expect(await queue.list()).toEqual([]);
  });

  it('with over 64 kB is too large, also as UTF-8', async () => {
    await enqueue({ prompt: 'x'.repeat(60_000) });
    for (const prompt of ['x'.repeat(66_000), 'ü'.repeat(33_000)]) {
      await expect(enqueue({ prompt })).rejects.toMatchObject({ code: 'too_large', charged: 'no' });
    }
    expect(await queue.list()).toHaveLength(1);
  });

  it('with a store that createStore did not return is refused', () => {
    expect(() => createQueue({ store: { ...store } })).toThrow(expect.objectContaining({ code: 'not_configured' }));
  });

  it.each<readonly [query: unknown, message: string]>([
    [{ state: 'donee' }, 'unknown state "donee"'],
    [{ limit: 0 }, 'limit must be a whole number'],
    [{ limit: -1 }, 'limit must be a whole number'],
    [{ states: ['done'] }, 'unknown field "states"'],
    [{ after: 'x' }, 'field after must be an object'],
  ])('of list with %j is refused', async (query, message) => {
    await expect(queue.list(query as Parameters<Queue['list']>[0])).rejects.toMatchObject({
      ...{ code: 'invalid_request', message: expect.stringContaining(message) },
    });
  });

  it('of pause is refused', async () => {
    for (const pause of [{ kind: 'model' }, { kind: 'queue', name: '' }, { kind: 'queue', name: 'x', reason: 5 }]) {
      await expect(queue.pause(pause as never)).rejects.toMatchObject({ code: 'invalid_request' });
    }
  });
});

describe('input images', () => {
  it('are saved in the store byte for byte, the same bytes once; links stay links', async () => {
    const [fox, mask] = [await imageBytes('a fox'), await imageBytes('a mask')];
    const dataLink = `data:image/png;base64,${Buffer.from(fox).toString('base64')}`;
    const link = 'https://images.example/cat.png?signature=abc';
    const { id } = await queue.enqueue({ ...FOX, inputImages: [fox, dataLink, link], mask });
    await queue.enqueue({ ...FOX, inputImages: [fox] });
    expect(await publicFiles(folder())).toHaveLength(4); // two images and their sidecars

    const stored = (await queue.find(id))?.request;
    const [first, second, third] = stored?.inputImages ?? [];
    expect(first).toEqual(second);
    expect(third).toBe(link);
    const { artifact } = first as { artifact: string };
    expect(await store.open(artifact)).toEqual(fox);
    expect(await store.get(artifact)).toMatchObject({ imported: true, provider: 'import', mark: { place: 'none' } });
    const { request } = await nextRequest();
    expect(request).toMatchObject({ inputImages: [fox, fox, link], mask });
    const ids = (await store.search({ provider: 'import' })).map((image) => image.id);
    expect([...(request.parents ?? [])].sort()).toEqual([...ids].sort());
  });

  it('reads data: links without base64', async () => {
    const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"/>';
    await queue.enqueue({ ...FOX, inputImages: [`data:image/svg+xml,${encodeURIComponent(svg)}`] });
    expect((await nextRequest()).request.inputImages).toEqual([new TextEncoder().encode(svg)]);
  });

  it.each(['deleted', 'removed from the disk', 'changed on the disk'] as const)(
    'Q16: fail with a clear error before anything is sent when they were %s',
    async (how) => {
      const { id } = await queue.enqueue({ ...FOX, inputImages: [await imageBytes()] });
      const [input] = (await queue.find(id))?.request?.inputImages ?? [];
      const { artifact } = input as { artifact: string };
      const { path } = await store.get(artifact);
      if (how === 'deleted') await store.delete(artifact);
      else if (how === 'removed from the disk') await rm(path);
      else await writeFile(path, await imageBytes('a cat'));
      await expect(nextRequest()).rejects.toMatchObject({
        code: 'invalid_request',
        charged: 'no',
        message: expect.stringContaining('request.inputImages.0'),
      });
    },
  );
});

describe('a queue', () => {
  it('shows, cancels, repeats and counts its work', async () => {
    const { id } = await queue.enqueue(FOX);
    expect(await queue.cancel(id)).toBe('removed');
    expect((await queue.find(id))?.endedAt).toBeInstanceOf(Date);
    expect(await queue.retry(id)).toBe(true);
    expect(await queue.list({ state: 'waiting' })).toHaveLength(1);
    expect(await queue.counts()).toMatchObject([{ queue: 'images', states: { waiting: 1 }, unreadable: 0 }]);
    expect(await queue.find('unknown')).toBeUndefined();
  });

  it('pauses and resumes', async () => {
    await queue.enqueue(FOX);
    await queue.pause({ kind: 'provider', name: 'stub', reason: 'its quota is used up' });
    expect(await queue.pauses()).toHaveLength(1);
    await expect(nextRequest()).rejects.toThrow('no work waits');
    await queue.resume({ kind: 'provider', name: 'stub' });
    expect((await nextRequest()).request).toEqual(FOX);
  });

  it('lists work of a later version without its request, and never drops it', async () => {
    const work = { id: ID, queue: 'images', payload: '{"other":1}', version: 2, priority: 0, runAtMs: 0 };
    await engineOf(queue).add([work]);
    const [found] = await queue.list();
    expect(found).toMatchObject({ id: ID, state: 'waiting' });
    expect(found).not.toHaveProperty('request');
    expect(await queue.counts()).toMatchObject([{ unreadable: 1 }]);
    await expect(queue.enqueue(FOX, { id: ID })).rejects.toThrow('another request');
  });

  it('survives the process: another queue on the same directory has its work', async () => {
    const { id } = await queue.enqueue(FOX);
    await queue.close();
    await store.close();
    const again = createStore({ directory: folder() });
    const reopened = createQueue({ store: again });
    expect(await reopened.find(id)).toMatchObject({ state: 'waiting', request: FOX });
    await reopened.close();
    await again.close();
  });

  it('opens no file before the first call', async () => {
    expect(await publicFiles(folder())).toEqual([]);
    await createQueue({ store }).close();
    expect(await publicFiles(folder())).toEqual([]);
  });
});

describe('with a manager', () => {
  it('Q04 Q08: a call completes its work; the same work again gets the same images without a request', async () => {
    const manager = createImageManager({ providers: { stub: createProvider('stub') }, store });
    const inputImages = [await imageBytes('a fox')];
    const { id } = await queue.enqueue({ prompt: 'at night', provider: 'stub', size: '64x64', inputImages });
    const { request } = await nextRequest();
    const first = await manager.generate(request as ManagerRequest, { callId: id });
    const { state, result } = (await queue.find(id)) ?? {};
    expect({ state, artifacts: result?.artifacts }).toEqual({
      state: 'done',
      artifacts: first.saved.map((each) => each.id),
    });

    const again = await manager.generate(request as ManagerRequest, { callId: id });
    expect(again.saved).toEqual(first.saved);
    expect(await store.search({ provider: 'stub' })).toHaveLength(1);
    const { parents } = await store.get(first.saved[0]!.id);
    expect(parents).toHaveLength(1);
    expect(await store.open(parents[0]!)).toEqual(new Uint8Array(inputImages[0]!));
    await manager.close();
  });
});

describe('wrong arguments', () => {
  const WRONG: readonly unknown[] = [
    undefined,
    null,
    7,
    '',
    true,
    [],
    {},
    () => 'x',
    Symbol('x'),
    new Date(Number.NaN),
  ];
  const methods: Readonly<Record<string, (wrong: never) => unknown>> = {
    createQueue: (wrong) => createQueue(wrong),
    'createQueue({ store })': (wrong) => createQueue({ store: wrong }),
    enqueue: (wrong) => queue.enqueue(wrong),
    'enqueue options': (wrong) => queue.enqueue(FOX, wrong),
    enqueueAll: (wrong) => queue.enqueueAll(wrong),
    'enqueueAll([work])': (wrong) => queue.enqueueAll([wrong]),
    cancel: (wrong) => queue.cancel(wrong),
    retry: (wrong) => queue.retry(wrong),
    find: (wrong) => queue.find(wrong),
    list: (wrong) => queue.list(wrong),
    'list({ after })': (wrong) => queue.list({ after: wrong }),
    pause: (wrong) => queue.pause(wrong),
    resume: (wrong) => queue.resume(wrong),
  };

  it.each(Object.keys(methods))('of %s are refused with a clear error, or mean nothing', async (name) => {
    for (const wrong of WRONG) {
      const work = async () => methods[name]?.(wrong as never);
      const error: unknown = await work().then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      if (error === undefined) continue;
      expect(error, `${name}(${String(wrong)})`).toMatchObject({ name: 'AiImageError', charged: 'no' });
      expect((error as { readonly hint?: string }).hint).toMatch(/\w/);
    }
    expect((await queue.list()).filter(({ request }) => request?.prompt !== FOX.prompt)).toEqual([]);
  });

  it('a page continues after the last work of the one before', async () => {
    for (let count = 0; count < 5; count++) await queue.enqueue(FOX);
    const first = await queue.list({ limit: 3 });
    const next = await queue.list({ limit: 3, after: first[2]! });
    expect(new Set([...first, ...next].map(({ id }) => id)).size).toBe(5);
  });
});
