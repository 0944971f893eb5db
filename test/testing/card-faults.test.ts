/** What the suite says about model cards that nobody should rely on. */
import { describe, expect, it } from 'vitest';
import type { ModelCard } from '../../src/providers/protocol/index.ts';
import { cardFaults } from '../../src/testing/card-faults.ts';
import { card } from './support/small-vendor.ts';

const today = '2026-11-21';
const faultsOf = (change: Partial<ModelCard>) => cardFaults({ one: card, two: { ...card, ...change } }, 'one', today);

describe('cardFaults', () => {
  it('has nothing to say about sound cards', () => {
    expect(faultsOf({ deprecated: '2026-11-01', shutdown: '2026-12-01', successor: 'one' })).toEqual([]);
    expect(faultsOf({ shutdown: '2026-01-01', successor: 'one' })).toEqual([]);
    expect(faultsOf({ sizes: { kind: 'ratios', ratios: { '16:9': '1344x768', '1:1': '1024x1024' } } })).toEqual([]);
  });

  it.each<[string, Partial<ModelCard>, RegExp]>([
    ['a date that is none', { shutdown: '2026-13-01' }, /two: shutdown 2026-13-01 is no date/],
    ['a date in another form', { deprecated: '1.2.2026' }, /deprecated 1\.2\.2026 is no date/],
    ['an end without a successor', { shutdown: '2026-11-21' }, /is shut down and names no successor/],
    ['an unknown successor', { successor: 'three' }, /its successor three has no card/],
    ['a dead successor', { shutdown: '2026-01-01', successor: 'two' }, /its successor two is shut down itself/],
    ['a size nobody can read', { sizes: { kind: 'list', sizes: ['big'] } }, /size big is not like/],
    ['a ratio nobody can read', { sizes: { kind: 'ratios', ratios: { wide: '1344x768' } } }, /ratio wide/],
    [
      'a ratio of another shape',
      { sizes: { kind: 'ratios', ratios: { '1:1': '1344x768' } } },
      /not the shape of 1344x768/,
    ],
    [
      'bounds that leave nothing',
      {
        sizes: { kind: 'free', multipleOf: 8, minEdge: 9, maxEdge: 8, minPixels: 1, maxPixels: 2, maxRatio: 1 },
      },
      /leave no size/,
    ],
    ['an unknown format', { formats: ['bmp' as 'png'] }, /formats bmp are not all known/],
    ['no pictures at all', { maxImages: 0 }, /maxImages is 0/],
    ['no room for a prompt', { maxPromptLength: -1 }, /maxPromptLength is -1/],
    ['a model that takes neither prompt nor picture', { maxPromptLength: 0 }, /takes no prompt, so it can only edit/],
    ['a model that only edits and cannot', { editsOnly: true }, /only edits, and has no edit/],
    [
      'a tier of another shape',
      { sizes: { kind: 'ratios', ratios: { '1:1': '64x64' }, tiers: { '2K': { '1:1': '64x128' } } } },
      /not the shape of 64x128/,
    ],
    [
      'a price of an input that is none',
      { pricing: { images: [], inputUsd: -1, asOf: today, source: 's' } },
      /no amount/,
    ],
    ['no source', { source: ' ' }, /source is empty/],
    ['undated prices', { pricing: { images: [], asOf: '', source: 's' } }, /prices are dated/],
    ['prices from the future', { pricing: { images: [], asOf: '2026-11-22', source: 's' } }, /dated 2026-11-22/],
    ['prices from nowhere', { pricing: { images: [], asOf: today, source: '' } }, /name no source/],
    ['a price that is none', { pricing: { images: [{ usd: Number.NaN }], asOf: today, source: 's' } }, /no amount/],
    [
      'a price of no size',
      { pricing: { images: [{ usd: 1, size: '1K' }], asOf: today, source: 's' } },
      /price of size 1K/,
    ],
  ])('finds %s', (_, change, message) => {
    expect(faultsOf(change).join('\n')).toMatch(message);
  });

  it('finds a default model that has no card, or none any more', () => {
    expect(cardFaults({ one: card }, 'two', today)).toEqual(['the default model two has no card']);
    expect(cardFaults({ one: { ...card, shutdown: today, successor: 'two' }, two: card }, 'one', today)).toEqual([
      'the default model one is past its shutdown on 2026-11-21',
    ]);
  });
});
