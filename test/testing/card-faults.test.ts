/** The faults that the contract suite finds in model cards. */
import { describe, expect, it } from 'vitest';
import type { ModelCard } from '../../src/providers/protocol/index.ts';
import { cardFaults } from '../../src/testing/card-faults.ts';
import { card } from './support/small-vendor.ts';

const today = '2026-11-21';
const faultsOf = (change: Partial<ModelCard>) => cardFaults({ one: card, two: { ...card, ...change } }, 'one', today);

describe('cardFaults', () => {
  it('reports nothing for valid cards', () => {
    expect(faultsOf({ deprecated: '2026-11-01', shutdown: '2026-12-01', successor: 'one' })).toEqual([]);
    expect(faultsOf({ shutdown: '2026-01-01', successor: 'one' })).toEqual([]);
    expect(faultsOf({ sizes: { kind: 'ratios', ratios: { '16:9': '1344x768', '1:1': '1024x1024' } } })).toEqual([]);
  });

  it.each<[string, Partial<ModelCard>, RegExp]>([
    ['an invalid date', { shutdown: '2026-13-01' }, /two: shutdown 2026-13-01 is not a date/],
    ['a date in another form', { deprecated: '1.2.2026' }, /deprecated 1\.2\.2026 is not a date/],
    ['a shutdown without a successor', { shutdown: '2026-11-21' }, /is shut down but names no successor/],
    ['an unknown successor', { successor: 'three' }, /its successor three has no card/],
    ['a retired successor', { shutdown: '2026-01-01', successor: 'two' }, /its successor two is shut down too/],
    ['an unreadable size', { sizes: { kind: 'list', sizes: ['big'] } }, /size big is not like/],
    ['an unreadable aspect ratio', { sizes: { kind: 'ratios', ratios: { wide: '1344x768' } } }, /ratio wide/],
    [
      'an aspect ratio that its size does not have',
      { sizes: { kind: 'ratios', ratios: { '1:1': '1344x768' } } },
      /does not match its pixels 1344x768/,
    ],
    [
      'bounds without a valid size',
      {
        sizes: { kind: 'free', multipleOf: 8, minEdge: 9, maxEdge: 8, minPixels: 1, maxPixels: 2, maxRatio: 1 },
      },
      /allow no size/,
    ],
    ['an unknown format', { formats: ['bmp' as 'png'] }, /formats has an unknown format: bmp/],
    ['no images at all', { maxImages: 0 }, /maxImages is 0/],
    ['a maximum prompt length of zero', { maxPromptLength: -1 }, /maxPromptLength is -1/],
    ['a model that accepts neither prompt nor image', { maxPromptLength: 0 }, /maxPromptLength is 0/],
    ['an edit-only model without edits', { editsOnly: true }, /editsOnly is true, but edit is missing/],
    [
      'a tier with another aspect ratio',
      { sizes: { kind: 'ratios', ratios: { '1:1': '64x64' }, tiers: { '2K': { '1:1': '64x128' } } } },
      /does not match its pixels 64x128/,
    ],
    [
      'an invalid price of an input',
      { pricing: { images: [], inputUsd: -1, asOf: today, source: 's' } },
      /not a number of 0 or more/,
    ],
    ['no source', { source: ' ' }, /source is empty/],
    ['undated prices', { pricing: { images: [], asOf: '', source: 's' } }, /pricing.asOf is/],
    [
      'prices from the future',
      { pricing: { images: [], asOf: '2026-11-22', source: 's' } },
      /pricing.asOf is 2026-11-22/,
    ],
    ['prices without a source', { pricing: { images: [], asOf: today, source: '' } }, /pricing.source is empty/],
    [
      'an invalid price',
      { pricing: { images: [{ usd: Number.NaN }], asOf: today, source: 's' } },
      /not a number of 0 or more/,
    ],
    [
      'a price of an unknown size',
      { pricing: { images: [{ usd: 1, size: '1K' }], asOf: today, source: 's' } },
      /price of size 1K/,
    ],
  ])('finds %s', (_, change, message) => {
    expect(faultsOf(change).join('\n')).toMatch(message);
  });

  it('finds a default model without a card, or with a retired one', () => {
    expect(cardFaults({ one: card }, 'two', today)).toEqual(['the default model two has no card']);
    expect(cardFaults({ one: { ...card, shutdown: today, successor: 'two' }, two: card }, 'one', today)).toEqual([
      'the default model one was shut down on 2026-11-21',
    ]);
  });
});
