import { describe, expect, it } from 'vitest';
import type { FeatureLoader } from '../../../../src/providers/kit/adapter/feature-loader.ts';
import type { ProviderDefinition } from '../../../../src/providers/kit/index.ts';
import { maskFeature, whiteMaskFeature } from '../../../../src/providers/kit/index.ts';
import { registry } from '../../../../src/providers/registry.ts';

/** Servers of this kind have models that their customers describe in the settings, with any convention. */
const DESCRIBED_BY_CUSTOMERS = ['openai-compatible'];

/** The conventions of all models and operations. */
function conventionsOf({ models }: ProviderDefinition): readonly string[] {
  return Object.values(models).flatMap(({ edit }) =>
    [edit, ...Object.values(edit?.differs ?? {}).map((each) => each.edit)].flatMap((each) =>
      each?.mask ? [each.mask.convention] : [],
    ),
  );
}

function featureFor(conventions: readonly string[]): FeatureLoader<'masks'> | undefined {
  if (conventions.length === 0) return undefined;
  return conventions.every((convention) => convention === 'white-repaints') ? whiteMaskFeature : maskFeature;
}

describe('an adapter', () => {
  it.each(Object.values(registry).filter(({ about }) => !DESCRIBED_BY_CUSTOMERS.includes(about.id)))(
    'of $about.id brings the code for the masks that its models take, and no other',
    async ({ load }) => {
      const { definition } = await load();

      expect(definition.masks).toBe(featureFor(conventionsOf(definition)));
    },
  );

  it.each(DESCRIBED_BY_CUSTOMERS)('of %s brings the code for masks of any convention', async (id) => {
    const { definition } = await registry[id as keyof typeof registry].load();

    expect(definition.masks).toBe(maskFeature);
  });

  it('of each of the three kinds exists', async () => {
    const definitions = await Promise.all(Object.values(registry).map(async ({ load }) => (await load()).definition));

    expect(new Set(definitions.map(({ masks }) => masks))).toEqual(new Set([maskFeature, whiteMaskFeature, undefined]));
  });
});
