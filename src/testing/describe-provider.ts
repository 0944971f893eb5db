/** Declares the contract suite in a test framework. */
import { listChecks } from './check-provider.ts';
import { findTestFramework, type TestFramework } from './node-runtime.ts';
import type { ProviderUnderTest } from './subject.ts';

/**
 * Declares one test per rule of the contract and one per recorded conversation, under `describe(name)`.
 * Checks that do not apply, e.g. those of the full protocol for a provider with `generateImage` alone, are skipped; the title says why.
 * Works with vitest, jest, mocha and `node:test`. Runs on Node; each test starts its servers on 127.0.0.1 and closes them.
 * @param subject the provider, its conversations, and `test`: the framework's `describe` and `it`. If `test` is left out, the global `describe`
 *   and `it` are used, or those of `node:test`. With vitest without `globals`, always pass `test`.
 * @returns a promise that resolves when the tests are declared; await it at the top level of the test file
 * @throws AiImageError `invalid_request`: `name`, `create` or `fixtures` is missing or wrong
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
  describe(`${subject.name} meets the provider contract`, () => {
    for (const { title, skipReason, run } of checks) {
      if (skipReason !== undefined) {
        (it.skip ?? it)(`${title} (does not apply: ${skipReason})`, async () => undefined);
        continue;
      }
      it(title, async () => {
        const faults = await run();
        if (faults.length > 0) throw new Error(faults.length === 1 ? faults[0] : `\n- ${faults.join('\n- ')}`);
      });
    }
  });
}
