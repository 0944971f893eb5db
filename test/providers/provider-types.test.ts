import { describe, expect, expectTypeOf, it } from 'vitest';
import { getProvider } from '../../src/config/get-provider.ts';
import type { MediaProvider } from '../../src/providers/protocol/provider.ts';
import {
  createProvider,
  listProviders,
  type ProviderId,
  type ProviderOptions,
  registry,
  type VendorProvider,
} from '../../src/providers/registry.ts';

/** What the provider's own create function returns, e.g. `createOpenAI`. */
type Created<Id extends ProviderId> = ReturnType<Awaited<ReturnType<(typeof registry)[Id]['load']>>['create']>;

/** The ids for which a claim about types is false; `never` if it is true for all. */
type Where<Claims extends Record<ProviderId, boolean>> = {
  [Id in ProviderId]: Claims[Id] extends true ? never : Id;
}[ProviderId];
type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

describe('the types of providers', () => {
  it('are the same from createProvider and from each provider’s own create function', async () => {
    type Differs = Where<{ [Id in ProviderId]: Equal<Created<Id>, VendorProvider<ProviderOptions<Id>>> }>;
    expectTypeOf<Differs>().toBeNever();
    for (const { id } of listProviders()) expect(typeof (await registry[id].load()).create, id).toBe('function');
  });

  it('have every method, as the providers have', async () => {
    expectTypeOf<VendorProvider<{ note?: string }>>().toExtend<Required<MediaProvider>>();
    const own = (await registry.stub.load()).create();
    const methods = Object.keys(createProvider('stub')).sort();
    expect(Object.keys(own).sort()).toEqual(methods);
    expectTypeOf(own.stream).toBeFunction();
    expectTypeOf<keyof VendorProvider<{ note?: string }>>().toEqualTypeOf<keyof MediaProvider>();
  });

  it('bite on a difference', () => {
    type Plain = { [Id in ProviderId]: Id extends 'xai' ? Equal<MediaProvider, Created<Id>> : true };
    expectTypeOf<Where<Plain>>().toEqualTypeOf<'xai'>();
  });

  it('know the options of each vendor, and no provider takes any key', () => {
    type TakesAny = Where<{ [Id in ProviderId]: string extends keyof ProviderOptions<Id> ? false : true }>;
    expectTypeOf<TakesAny>().toBeNever();
    type IsUnknown = Where<{ [Id in ProviderId]: unknown extends ProviderOptions<Id> ? false : true }>;
    expectTypeOf<IsUnknown>().toBeNever();
  });

  it('refuse a wrong option, and complete a right one, at every method', () => {
    const refused = () => {
      const provider = getProvider('stub');
      const options = { note: 'x' };
      const wrong = { nota: 'x' } as const;
      return [
        provider.generateImage('a', { options }),
        provider.generate({ prompt: 'a', options }),
        provider.edit({ inputImages: [], options }),
        provider.plan({ prompt: 'a', options }),
        // @ts-expect-error an unknown option
        provider.generateImage('a', { options: { nota: 'x' } }),
        // @ts-expect-error an unknown option
        provider.generate({ prompt: 'a', options: wrong }),
        // @ts-expect-error a wrong value
        provider.edit({ inputImages: [], options: { note: 5 } }),
        // @ts-expect-error an unknown option
        provider.submit({ prompt: 'a', options: { nota: 'x' } }),
        // @ts-expect-error an unknown option
        provider.stream({ prompt: 'a', options: { nota: 'x' } }),
        // @ts-expect-error an unknown option
        provider.plan({ prompt: 'a', options: { nota: 'x' } }),
        // @ts-expect-error an unknown option
        provider.quote({ prompt: 'a', options: { nota: 'x' } }),
      ];
    };
    expect(refused).toBeTypeOf('function');
    expectTypeOf<ProviderOptions<'openai'>>().toHaveProperty('input_fidelity');
  });

  it('leave the options of any provider free', () => {
    const generic = (provider: MediaProvider) => provider.generateImage('a', { options: { whatever: 1 } });
    expect(generic).toBeTypeOf('function');
    expectTypeOf(createProvider('stub' as string)).toEqualTypeOf<Required<MediaProvider>>();
    expectTypeOf(createProvider('stub')).toExtend<MediaProvider>();
  });
});
