/** Running the suite in any test framework. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { AiImageProvider } from '../../src/providers/protocol/index.ts';
import { type ContractSettings, checkProvider, describeProvider, listChecks } from '../../src/testing/index.ts';
import { conversations, createSmall } from './support/small-vendor.ts';

/** A test framework that only records its calls. */
function createRecorder() {
  const names: string[] = [];
  const skipped: string[] = [];
  const bodies = new Map<string, () => Promise<void>>();
  return {
    names,
    skipped,
    bodies,
    run: (name: string) => bodies.get(name)!(),
    framework: {
      describe: (name: string, body: () => void) => {
        names.push(name);
        body();
      },
      it: Object.assign((name: string, body: () => Promise<void>) => void bodies.set(name, body), {
        skip: (name: string) => void skipped.push(name),
      }),
    },
  };
}

const subject = { name: 'small', create: createSmall, fixtures: conversations };

afterEach(() => {
  vi.unstubAllGlobals();
});

describe('describeProvider', () => {
  it('declares its tests with the framework it is given', async () => {
    const { framework, names, run } = createRecorder();
    await describeProvider({ ...subject, test: framework });

    expect(names).toEqual(['small meets the provider contract']);
    await expect(run('success: generates one image')).resolves.toBeUndefined();
  });

  it('finds the global describe and it', async () => {
    const { framework, names } = createRecorder();
    vi.stubGlobal('describe', framework.describe);
    vi.stubGlobal('it', framework.it);
    await describeProvider(subject);

    expect(names).toEqual(['small meets the provider contract']);
  });

  it('fails a test with every fault that it found, one per line', async () => {
    const { framework, run } = createRecorder();
    const deaf = { ...subject, create: () => ({ generateImage: async () => ({}) as never }), test: framework };
    await describeProvider(deaf);

    await expect(run('success: generates one image')).rejects.toThrow(
      /^\n- recorded but not sent: POST \/draw\n- result\.format: expected "png", got nothing\n- /,
    );
  });

  it('skips the checks that do not apply, and says why', async () => {
    const { framework, skipped, bodies } = createRecorder();
    const generateImage: AiImageProvider['generateImage'] = () => Promise.reject(new Error('not called'));
    await describeProvider({ ...subject, create: () => ({ generateImage }), test: framework });

    expect(skipped).toHaveLength(4);
    expect(skipped).toContain(
      'close resolves, also when called twice (does not apply: the provider has only generateImage)',
    );
    expect([...bodies.keys()].filter((name) => name.startsWith('close'))).toEqual([]);

    const full = createRecorder();
    await describeProvider({ ...subject, test: full.framework });
    expect(full.skipped).toEqual([]);

    const bare = createRecorder();
    await describeProvider({ ...subject, fixtures: [], test: bare.framework });
    expect(bare.skipped.length).toBeGreaterThan(10);
    expect(
      bare.skipped.every((name) => name.includes('(does not apply: there is no conversation of kind success')),
    ).toBe(true);
  });

  it.each([
    ['no fixtures', { fixtures: undefined }, 'fixtures must be a list', "fixtures: new URL('./fixtures/'"],
    ['a path as fixtures', { fixtures: './fixtures/' }, 'fixtures must be a list', "fixtures: new URL('./fixtures/'"],
    ['no create', { create: undefined }, 'create must be a function', 'create: ('],
    ['no name', { name: '' }, 'name must be the name', "name: 'my-vendor'"],
  ])('refuses a subject with %s, and shows what to pass', async (_, wrong, message, hint) => {
    const given = { ...subject, ...wrong } as typeof subject;
    for (const call of [describeProvider(given), checkProvider(given), listChecks(given)]) {
      await expect(call).rejects.toMatchObject({
        code: 'invalid_request',
        message: expect.stringContaining(message),
        hint: expect.stringContaining(hint),
      });
    }
  });

  it('names a folder of fixtures that cannot be read', async () => {
    const fixtures = new URL('./no-such-folder/', import.meta.url);
    await expect(describeProvider({ ...subject, fixtures })).rejects.toThrow(/cannot read the folder .*no-such-folder/);
  });

  it('declares a passing test where the framework has no skip', async () => {
    const bodies = new Map<string, () => Promise<void>>();
    const it = (name: string, body: () => Promise<void>) => void bodies.set(name, body);
    await describeProvider({ ...subject, fixtures: [], test: { describe: (_, body) => body(), it } });
    const [skipped] = [...bodies].filter(([name]) => name.includes('(does not apply'));
    await expect(skipped?.[1]()).resolves.toBeUndefined();
  });

  it('ends a check before the runner does, with the message of the step that hangs', async () => {
    const { framework, run } = createRecorder();
    const stuck = () => new Promise<never>(() => undefined);
    const create = (settings: ContractSettings) => ({ ...createSmall(settings), generateImage: stuck, close: stuck });
    await describeProvider({ ...subject, create, test: framework });

    await expect(run('success: generates one image')).rejects.toThrow('the call did not finish within 2400 ms');
    await expect(run('close resolves, also when called twice')).rejects.toThrow('close (first call) did not finish');
  });
});
