/** The contract suite in the words of a test framework. */
import { listChecks } from './check-provider.ts';
import { findTestFramework, type TestFramework } from './host.ts';
import type { ProviderUnderTest } from './subject.ts';

/**
 * Declares one test per promise of the contract and one per recorded conversation, under `describe(name)`.
 * Works with vitest, jest, mocha and `node:test`. Runs on Node; the servers it starts listen on 127.0.0.1 and are closed by each test.
 * @param subject the provider, its conversations, and `test`: the framework's `describe` and `it`. Without `test`, the global ones; where
 *   there are none (vitest without `globals`, unless handed over), those of `node:test`
 * @returns when the tests are declared. Must be awaited at the top of the test file
 * @throws TypeError a conversation cannot be read; the message names file and field
 * @example
 * import { describe, it } from 'vitest';
 * import { describeProvider } from '@org/ai-image/testing';
 *
 * await describeProvider({
 *   name: 'my-vendor',
 *   create: ({ apiKey, baseUrl }) => createMyVendor({ apiKey, baseUrl: `${baseUrl}/v1` }),
 *   fixtures: new URL('./fixtures/', import.meta.url),
 *   test: { describe, it },
 * });
 */
export async function describeProvider(
  subject: ProviderUnderTest & { readonly test?: TestFramework | undefined },
): Promise<void> {
  const checks = await listChecks(subject);
  const { describe, it } = subject.test ?? (await findTestFramework());
  describe(`${subject.name} keeps the provider contract`, () => {
    for (const { title, run } of checks) {
      it(title, async () => {
        const faults = await run();
        if (faults.length > 0) throw new Error(faults.length === 1 ? faults[0] : `\n- ${faults.join('\n- ')}`);
      });
    }
  });
}
