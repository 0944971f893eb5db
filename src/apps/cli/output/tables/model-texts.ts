/** Describes a model card in few words, for tables and filters. */
import type { ModelCard, Pricing, SizeRule } from '../../../../index.ts';
import { OPERATIONS } from '../../../../providers/protocol/vocabulary.ts';
import { dollars } from './align-columns.ts';

/** Values of `--can`. */
export const ABILITIES = [
  'generate',
  ...OPERATIONS,
  'mask',
  'seed',
  'negative-prompt',
  'style',
  'transparent',
  'partials',
] as const;
export type Ability = (typeof ABILITIES)[number];

export function hasAbility(card: ModelCard, ability: Ability): boolean {
  switch (ability) {
    case 'generate':
      return card.editsOnly !== true;
    case 'mask':
      return card.edit?.mask !== undefined;
    case 'seed':
      return card.seed !== undefined;
    case 'negative-prompt':
      return card.negativePrompt !== undefined;
    case 'style':
      return card.styles !== undefined;
    case 'transparent':
      return card.backgrounds?.includes('transparent') ?? false;
    case 'partials':
      return card.streaming !== undefined;
    default:
      return card.edit?.operations.includes(ability) ?? false;
  }
}

/** `ends`: it will be shut down on a known day. */
export type ModelLifecycle = 'current' | 'deprecated' | 'ends' | 'retired';

/** @param today `YYYY-MM-DD` */
export function lifecycleOf({ shutdown, deprecated }: ModelCard, today: string): ModelLifecycle {
  if (shutdown !== undefined) return shutdown <= today ? 'retired' : 'ends';
  return deprecated === undefined ? 'current' : 'deprecated';
}

/** Empty for a current model. */
export function lifecycleText(card: ModelCard, today: string): string {
  const { shutdown = '', deprecated = '', successor } = card;
  const next = successor === undefined ? '' : `, use ${successor}`;
  switch (lifecycleOf(card, today)) {
    case 'retired':
      return `retired ${shutdown}${next}`;
    case 'ends':
      return `until ${shutdown}${next}`;
    case 'deprecated':
      return `deprecated ${deprecated}${next}`;
    default:
      return '';
  }
}

const SIZES_SHOWN = 2;

export function sizesText(sizes: SizeRule): string {
  switch (sizes.kind) {
    case 'list':
      return some(sizes.sizes);
    case 'ratios': {
      const tiers = Object.keys(sizes.tiers ?? {});
      return `${some(Object.keys(sizes.ratios))}${tiers.length > 0 ? ` in ${tiers.join(', ')}` : ''}`;
    }
    case 'free':
      return `${sizes.minEdge} to ${sizes.maxEdge}${sizes.multipleOf === 1 ? '' : ` by ${sizes.multipleOf}`}`;
    case 'none':
      return 'fixed';
    default:
      return sizes satisfies never;
  }
}

function some(words: readonly string[]): string {
  const more = words.length - SIZES_SHOWN;
  return `${words.slice(0, SIZES_SHOWN).join(', ')}${more > 0 ? ` +${more}` : ''}`;
}

export function editsText({ edit }: ModelCard): string {
  if (edit === undefined) return 'no edits';
  return `${edit.operations.join(', ')}${edit.mask === undefined ? '' : ' (mask)'}`;
}

/** Returns the lowest price of an image in dollars, if the card has one. */
export function lowestPrice({ pricing }: ModelCard): number | undefined {
  const prices = (pricing?.images ?? []).map(({ usd }) => usd);
  return prices.length === 0 ? undefined : Math.min(...prices);
}

/** Ends with the day on which the price was checked. */
export function priceText(pricing: Pricing | undefined): string {
  if (pricing === undefined) return 'price unknown';
  const { images, tokens, asOf } = pricing;
  const prices = images.map(({ usd }) => usd);
  const [low, high] = [Math.min(...prices), Math.max(...prices)];
  const image = low === high ? dollars(low) : `${dollars(low)} to ${dollars(high)}`;
  const text = prices.length > 0 ? image : tokens ? `${dollars(tokens.imageOutput)} per million tokens` : undefined;
  return text === undefined ? 'price unknown' : `${text} (${asOf ?? 'your setting'})`;
}
