/** Running the suite in any test framework. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { describeProvider } from '../../src/testing/index.ts';
import { conversations, createSmall } from './support/small-vendor.ts';

/** A test framework that only records its calls. */
function createRecorder() {
  const names: string[] = [];
  const bodies = new Map<string, () => Promise<void>>();
  return {
    names,
    run: (name: string) => bodies.get(name)!(),
    framework: {
      describe: (name: string, body: () => void) => {
        names.push(name);
        body();
      },
      it: (name: string, body: () => Promise<void>) => bodies.set(name, body),
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
});
