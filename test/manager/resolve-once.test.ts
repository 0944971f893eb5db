/** A request is composed, resolved and its files are read once per candidate, from the plan to the finished image. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { createImageManager, createProvider, StubProvider } from '../../src/index.ts';
import { compose } from '../../src/manager/steps/compose.ts';
import { readFiles } from '../../src/providers/kit/request/read-files.ts';
import { resolveRequest } from '../../src/providers/kit/request/resolve-request.ts';
import { withPlan } from '../../src/providers/protocol/shared/planned-calls.ts';
import { imagen, temporaryFolder } from '../apps/cli/support.ts';
import { small } from './support.ts';

// The functions run as they are; only their calls are counted.
vi.mock('../../src/manager/steps/compose.ts', { spy: true });
vi.mock('../../src/providers/kit/request/read-files.ts', { spy: true });
vi.mock('../../src/providers/kit/request/resolve-request.ts', { spy: true });

const counts = () => ({
  composed: vi.mocked(compose).mock.calls.length,
  resolved: vi.mocked(resolveRequest).mock.calls.length,
  filesRead: vi.mocked(readFiles).mock.calls.length,
});

beforeEach(() => {
  vi.clearAllMocks();
});

const stubOf = (settings = {}) => new StubProvider(settings);
const whitePng = async () => (await stubOf().generateImage('white', { size: '64x64' })).imageBytes;

describe('a provider', () => {
  it('resolves the request of a call once', async () => {
    await createProvider('stub').generate(small);
    expect(counts()).toEqual({ composed: 0, resolved: 1, filesRead: 0 });
  });

  it('executes its own plan of the same request, more than once, without resolving it again', async () => {
    const provider = createProvider('stub');
    const plan = await provider.plan(small);
    const first = await provider.generate({ ...small }, withPlan({}, plan));
    const second = await provider.generate(small, withPlan({}, plan));
    expect(counts().resolved).toBe(1);
    expect(first.images[0].imageBytes).toEqual(second.images[0].imageBytes);
    expect(first.images[0].id).not.toBe(second.images[0].id);
  });

  it('reads the files of an edit once', async () => {
    const inputImages = [await whitePng()];
    vi.clearAllMocks();
    const provider = createProvider('stub');
    const request = { prompt: 'a hat', inputImages };
    const plan = await provider.plan(request);
    await provider.edit(request, withPlan({}, plan));
    expect(counts()).toEqual({ composed: 0, resolved: 1, filesRead: 1 });
  });

  it('reads input links when the call is made, because a plan fetches nothing', async () => {
    const link = `data:image/png;base64,${Buffer.from(await whitePng()).toString('base64')}`;
    vi.clearAllMocks();
    const provider = createProvider('stub');
    const request = { prompt: 'a hat', inputImages: [link] };
    await provider.edit(request, withPlan({}, await provider.plan(request)));
    expect(counts()).toEqual({ composed: 0, resolved: 1, filesRead: 2 });
  });

  it('refuses a refused plan again without resolving it again', async () => {
    const provider = createProvider('stub');
    const request = { ...small, style: 'none of its styles' };
    const plan = await provider.plan(request);
    await expect(provider.generate(request, withPlan({}, plan))).rejects.toMatchObject({ code: 'unsupported' });
    expect(counts().resolved).toBe(1);
  });

  it.each([
    ['of another provider', async () => createProvider('stub').plan(small), small],
    ['of another request', async (own: StubProvider) => own.plan({ ...small, prompt: 'a blue fox' }), small],
    ['that a caller made', async () => ({}), small],
  ])('resolves the request again for a plan %s', async (_, planned, request) => {
    const provider = stubOf();
    const plan = await planned(provider);
    vi.clearAllMocks();
    const { images } = await provider.generate(request, withPlan({}, plan));
    expect(images[0].promptUsed).toBe(small.prompt);
    expect(counts().resolved).toBe(1);
  });

  it('resolves a request again that has changed since the plan', async () => {
    const provider = createProvider('stub');
    const request = { ...small, options: {} as Record<string, unknown> };
    const plan = await provider.plan(request);
    Object.assign(request, { prompt: 'a blue fox' });
    const { images } = await provider.generate(request, withPlan({}, plan));
    expect(images[0].promptUsed).toBe('a blue fox');
    expect(counts().resolved).toBe(2);
  });

  it('resolves the request again on another day, on which the model may have been shut down', async () => {
    const provider = createProvider('stub');
    const plan = await provider.plan(small);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 86_400_000 });
    try {
      await provider.generate(small, withPlan({}, plan));
    } finally {
      vi.useRealTimers();
    }
    expect(counts().resolved).toBe(2);
  });
});

describe('a manager', () => {
  it('composes and resolves once for each of two candidates, the first of which fails', async () => {
    const images = createImageManager({
      providers: { first: stubOf({ fail: 'unavailable' }), second: stubOf() },
    });
    const { attempts } = await images.generate(small);
    expect(attempts.map(({ outcome }) => outcome)).toEqual(['failed', 'done']);
    expect(counts()).toEqual({ composed: 2, resolved: 2, filesRead: 0 });
  });

  it('executes a plan that it made of the request, and evaluates its limits anew', async () => {
    const images = createImageManager({
      providers: { stub: stubOf() },
      profiles: { one: { maxImagesPerSession: 1 } },
    });
    const request = { ...small, profile: 'one', session: images.session() };
    const plan = await images.plan(request);
    await images.generate(request, withPlan({}, plan));
    await expect(images.generate(request, withPlan({}, plan))).rejects.toMatchObject({ code: 'policy_denied' });
    expect(counts()).toEqual({ composed: 1, resolved: 1, filesRead: 0 });
  });

  it.each(['best', 'light', 'dummy', undefined])(
    'knows the model of %s before it composes the prompt',
    async (model) => {
      const images = createImageManager({ providers: { stub: stubOf() } });
      const request = { ...small, style: 'photo', ...(model && { model }) };
      await images.generate(request, withPlan({}, await images.plan(request)));
      expect(counts()).toEqual({ composed: 1, resolved: 1, filesRead: 0 });
    },
  );

  it('makes the stub for dummy images once, also where no stub is configured', async () => {
    const images = createImageManager({ providers: { openai: createProvider('openai', { apiKey: 'sk-none' }) } });
    const request = { ...small, model: 'dummy' };
    await images.generate(request, withPlan({}, await images.plan(request)));
    expect(counts()).toEqual({ composed: 1, resolved: 1, filesRead: 0 });
  });

  it('plans the request itself for a plan of another manager', async () => {
    const other = createImageManager({ providers: { stub: stubOf() } });
    const plan = await other.plan(small);
    vi.clearAllMocks();
    await createImageManager({ providers: { stub: stubOf() } }).generate(small, withPlan({}, plan));
    expect(counts()).toEqual({ composed: 1, resolved: 1, filesRead: 0 });
  });

  it('counts a second resolve, where a request is planned twice', async () => {
    const images = createImageManager({ providers: { stub: stubOf() } });
    await images.plan(small);
    await images.generate(small);
    expect(counts()).toEqual({ composed: 2, resolved: 2, filesRead: 0 });
  });
});

describe('the command line', () => {
  const stub = ['--provider', 'stub', '--size', '64x64'];

  it('generates from the plan whose price it shows', async () => {
    await using folder = await temporaryFolder();
    const { exit } = await imagen(['generate', 'a red fox', ...stub], { cwd: folder.path });
    expect(exit).toBe(0);
    expect(counts()).toEqual({ composed: 1, resolved: 1, filesRead: 0 });
  });

  it('plans once with --plan', async () => {
    await using folder = await temporaryFolder();
    await imagen(['generate', 'a red fox', ...stub, '--plan'], { cwd: folder.path });
    expect(counts()).toEqual({ composed: 1, resolved: 1, filesRead: 0 });
  });

  it('edits from the plan, and reads the image once', async () => {
    await using folder = await temporaryFolder();
    await writeFile(join(folder.path, 'white.png'), await whitePng());
    vi.clearAllMocks();
    const { exit } = await imagen(['edit', 'white.png', 'a hat', ...stub], { cwd: folder.path });
    expect(exit).toBe(0);
    expect(counts()).toEqual({ composed: 1, resolved: 1, filesRead: 1 });
  });

  it('generates each row of a batch from the plan that it was checked with', async () => {
    await using folder = await temporaryFolder();
    await writeFile(join(folder.path, 'rows.csv'), 'prompt\na fox\na bear\na hare\n');
    const { exit } = await imagen(['batch', 'rows.csv', ...stub], { cwd: folder.path });
    expect(exit).toBe(0);
    expect(counts()).toEqual({ composed: 3, resolved: 3, filesRead: 0 });
  });

  it('generates each variation from the plan that it was checked with', async () => {
    await using folder = await temporaryFolder();
    const variations = ['--variation', 'red', '--variation', 'blue'];
    const { exit } = await imagen(['generate', 'a {{variation}} fox', ...variations, ...stub], { cwd: folder.path });
    expect(exit).toBe(0);
    expect(counts()).toEqual({ composed: 2, resolved: 2, filesRead: 0 });
  });
});
