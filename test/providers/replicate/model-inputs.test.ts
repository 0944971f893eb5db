/** Models at Replicate name the same input differently. Each model card has a row of input names, and each row has a card. */
import { expect, it } from 'vitest';
import type { ModelCard } from '../../../src/providers/protocol/index.ts';
import { inputsOf, listedInputs } from '../../../src/providers/replicate/model-inputs.ts';
import { models } from '../../../src/providers/replicate/models.ts';

/** @returns one line per fault */
function faultsOf(cards: Readonly<Record<string, ModelCard>>, rows: readonly string[]): readonly string[] {
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

it('has a row for every card and a card for every row, and they agree', () => {
  expect(Object.keys(models).length).toBeGreaterThan(10);
  expect(faultsOf(models, listedInputs)).toEqual([]);
});

it('reports a card without a row, a row without a card, and a row that disagrees with its card', () => {
  const [model = '', card] = Object.entries(models)[0] ?? [];
  const others = listedInputs.filter((name) => name !== model);

  expect(faultsOf(models, others)).toEqual([`${model} has no row`]);
  expect(faultsOf(models, [...listedInputs, 'a/b'])).toEqual(['a/b has no card']);
  expect(faultsOf({ ...models, [model]: { ...card!, sizes: { kind: 'none' } } }, listedInputs)).toHaveLength(1);
});
