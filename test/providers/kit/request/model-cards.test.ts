import { describe, expect, it } from 'vitest';
import { chooseSize } from '../../../../src/providers/kit/request/fields/choose-size.ts';
import type { ModelCard } from '../../../../src/providers/protocol/index.ts';
import { SIZE_WORDS } from '../../../../src/providers/protocol/vocabulary.ts';
import { registry } from '../../../../src/providers/registry.ts';

const today = new Date().toISOString().slice(0, 10);
const DATE = /^20\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])$/;
const isGone = ({ shutdown }: ModelCard) => shutdown !== undefined && shutdown <= today;

const definitions = await Promise.all(
  Object.entries(registry).map(async ([id, { load }]) => [id, (await load()).definition] as const),
);

it('include every provider of the registry', () => {
  expect(definitions.map(([id]) => id)).toEqual(Object.keys(registry));
});

describe.each(definitions)('the model cards of %s', (_, { models, defaultModel }) => {
  const cards = Object.entries(models);

  it('have a default model that is not shut down', () => {
    const card = models[defaultModel];
    expect(card).toBeDefined();
    expect(isGone(card!), `${defaultModel} was shut down on ${card?.shutdown}`).toBe(false);
  });

  it.each(cards)('%s: has valid dates, and a successor that is not shut down', (_, card) => {
    for (const date of [card.shutdown, card.deprecated, card.pricing?.asOf])
      if (date !== undefined) expect(date).toMatch(DATE);
    if (card.shutdown === undefined && card.deprecated === undefined) return;
    expect(card.successor).toBeDefined();
    const successor = models[card.successor ?? ''];
    expect(successor, `${card.successor} has no card`).toBeDefined();
    expect(isGone(successor!)).toBe(false);
  });

  it.each(cards)(
    '%s: every shape that can be asked for has pixels, and the card says where its facts come from',
    (_, card) => {
      expect(card.source.length).toBeGreaterThan(5);
      expect(card.maxImages).toBeGreaterThanOrEqual(1);
      if (!card.editsOnly) expect(card.maxPromptLength).toBeGreaterThan(0);
      expect(new Set(card.formats).size).toBe(card.formats.length);
      const { sizes } = card;
      if (sizes.kind === 'none') return;
      for (const word of SIZE_WORDS) {
        const answer = chooseSize(sizes, word);
        const { width, height } = answer.kind === 'fits' ? answer.choice.size : answer.nearest.size;
        expect(chooseSize(sizes, `${width}x${height}`).kind, `${word}: ${width}x${height}`).toBe('fits');
      }
    },
  );

  it.each(cards)('%s: prices are for qualities, sizes, tiers and operations that the model has', (_, card) => {
    const { sizes, edit } = card;
    const tiers = sizes.kind === 'ratios' ? Object.keys(sizes.tiers ?? {}) : [];
    for (const { usd, size, quality, tier, operation } of card.pricing?.images ?? []) {
      expect(usd).toBeGreaterThanOrEqual(0);
      if (size !== undefined) expect(sizes.kind !== 'none' && chooseSize(sizes, size).kind).toBe('fits');
      if (tier !== undefined) expect(tiers).toContain(tier);
      if (operation !== undefined) expect(edit?.operations).toContain(operation);
      if (quality !== undefined) expect(quality).toMatch(/^[\w-]+$/);
    }
    for (const tier of Object.values(card.qualityTiers ?? {})) expect(tiers).toContain(tier);
    const priced = new Set(card.pricing?.images.map(({ quality }) => quality));
    if (priced.size > 0 && !priced.has(undefined)) {
      for (const word of Object.values(card.qualities ?? {})) expect([...priced]).toContain(word);
    }
  });
});
