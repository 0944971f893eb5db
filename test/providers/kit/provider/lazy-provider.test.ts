/** A provider loads with its first call; a chunk that cannot be had then is an error without a bill, and no reason to give up for good. */
import { expect, it } from 'vitest';
import { createLazyProvider } from '../../../../src/providers/kit/provider/lazy-provider.ts';
import { createProvider } from '../../../../src/providers/registry.ts';

function failingOnce() {
  let times = 0;
  const provider = createLazyProvider('stub', async () => {
    times += 1;
    if (times === 1) throw new TypeError('Failed to fetch dynamically imported module: https://host.example/chunk.js');
    return createProvider('stub');
  });
  return { provider, times: () => times };
}

it('says that nothing was sent if its code cannot be loaded', async () => {
  const call = failingOnce().provider.generate({ prompt: 'a dot' });

  await expect(call).rejects.toMatchObject({ code: 'internal', provider: 'stub', charged: 'no' });
  await expect(call).rejects.toHaveProperty('hint', expect.stringContaining('network'));
});

it('loads with the next call, once for several calls', async () => {
  const { provider, times } = failingOnce();
  await expect(provider.plan({ prompt: 'a dot' })).rejects.toMatchObject({ code: 'internal' });

  const both = [provider.generate({ prompt: 'a dot', size: '16x16' }), provider.plan({ prompt: 'a dot' })];
  await expect(Promise.all(both)).resolves.toHaveLength(2);
  expect(times()).toBe(2);
});

it('closes without loading, and after a failed load', async () => {
  const untouched = failingOnce();
  await untouched.provider.close();
  expect(untouched.times()).toBe(0);

  const { provider } = failingOnce();
  const failing = provider.plan({ prompt: 'a dot' });
  await provider.close();
  await expect(failing).rejects.toMatchObject({ code: 'internal' });
});
