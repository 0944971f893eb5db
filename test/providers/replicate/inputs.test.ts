/** The same thing has many names at Replicate: each card has a row that says which, and no row stands alone. */
import { expect, it } from 'vitest';
import type { ModelCard } from '../../../src/providers/protocol/index.ts';
import { inputsOf, listedInputs } from '../../../src/providers/replicate/inputs.ts';
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
        ...(card.maxImages > 1 && row.n === undefined ? [`${model} cannot be asked for several`] : []),
        ...(card.edit !== undefined && row.pictures === undefined ? [`${model} has no name for pictures`] : []),
        ...((card.sizes.kind === 'none') === (row.size === 'none') ? [] : [`${model} is not of one mind about sizes`]),
      ];
    }),
  ];
}

it('has a row for every card and a card for every row, and they agree', () => {
  expect(Object.keys(models).length).toBeGreaterThan(10);
  expect(faultsOf(models, listedInputs)).toEqual([]);
});

it('bites on a card without a row, a row without a card, and a row that does not agree', () => {
  const [model = '', card] = Object.entries(models)[0] ?? [];
  const others = listedInputs.filter((name) => name !== model);

  expect(faultsOf(models, others)).toEqual([`${model} has no row`]);
  expect(faultsOf(models, [...listedInputs, 'a/b'])).toEqual(['a/b has no card']);
  expect(faultsOf({ ...models, [model]: { ...card!, sizes: { kind: 'none' } } }, listedInputs)).toHaveLength(1);
});
