/** Models at fal and Replicate name the same input differently. Each model card has a row of input names, and each row has a card. */
import { describe, expect, it } from 'vitest';
import * as falInputs from '../../src/providers/fal/model-inputs.ts';
import { models as falModels } from '../../src/providers/fal/models.ts';
import type { ModelCard } from '../../src/providers/protocol/index.ts';
import * as replicateInputs from '../../src/providers/replicate/model-inputs.ts';
import { models as replicateModels } from '../../src/providers/replicate/models.ts';

type Cards = Readonly<Record<string, ModelCard>>;
/** The fields of a row that its card must agree with. */
interface InputNames {
  readonly n?: unknown;
  readonly images?: unknown;
  readonly size?: unknown;
}

/** @returns one line per fault */
function faultsOf(
  cards: Cards,
  rows: readonly string[],
  inputsOf: (model: string) => InputNames | undefined,
): readonly string[] {
  return [
    ...Object.keys(cards).flatMap((model) => (rows.includes(model) ? [] : [`${model} has no row`])),
    ...rows.flatMap((model) => (Object.hasOwn(cards, model) ? [] : [`${model} has no card`])),
    ...Object.entries(cards).flatMap(([model, card]) => {
      const row = inputsOf(model);
      if (row === undefined) return [];
      return [
        ...(card.maxImages > 1 && row.n === undefined ? [`${model} has no name for the number of images`] : []),
        ...(card.edit !== undefined && row.images === undefined ? [`${model} has no name for images`] : []),
        ...((card.sizes.kind === 'none') === (row.size === 'none') ? [] : [`${model} disagrees about sizes`]),
      ];
    }),
  ];
}

const subjects: readonly (readonly [
  id: string,
  models: Cards,
  inputs: Pick<typeof falInputs, 'listedInputs'> & { readonly inputsOf: (model: string) => InputNames | undefined },
])[] = [
  ['fal', falModels, falInputs],
  ['replicate', replicateModels, replicateInputs],
];

describe.each(subjects)('%s', (_, models, { inputsOf, listedInputs }) => {
  it('has a row for every card and a card for every row, and they agree', () => {
    expect(Object.keys(models).length).toBeGreaterThan(10);
    expect(faultsOf(models, listedInputs, inputsOf)).toEqual([]);
  });

  it('reports a card without a row, a row without a card, and a row that disagrees with its card', () => {
    const [model = '', card] = Object.entries(models)[0] ?? [];
    const others = listedInputs.filter((name) => name !== model);

    expect(faultsOf(models, others, inputsOf)).toEqual([`${model} has no row`]);
    expect(faultsOf(models, [...listedInputs, 'a/b'], inputsOf)).toEqual(['a/b has no card']);
    expect(
      faultsOf({ ...models, [model]: { ...card!, sizes: { kind: 'none' } } }, listedInputs, inputsOf),
    ).toHaveLength(1);
  });
});
