/** A model's card in few words, and what can be asked of it. Data and pure functions. */
import type { ModelCard, Pricing, SizeRule } from '../../../index.ts';
import { OPERATIONS } from '../../../providers/protocol/vocabulary.ts';
import { dollars } from './table.ts';

/** What `--can` takes. */
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

export function can(card: ModelCard, ability: Ability): boolean {
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

/** `ends`: a day to come on which it is shut down. */
export type Life = 'current' | 'deprecated' | 'ends' | 'retired';

/** @param today `YYYY-MM-DD` */
export function lifeOf({ shutdown, deprecated }: ModelCard, today: string): Life {
  if (shutdown !== undefined) return shutdown <= today ? 'retired' : 'ends';
  return deprecated === undefined ? 'current' : 'deprecated';
}

/** Empty for one that goes on. */
export function lifeWords(card: ModelCard, today: string): string {
  const { shutdown = '', deprecated = '', successor } = card;
  const next = successor === undefined ? '' : `, use ${successor}`;
  switch (lifeOf(card, today)) {
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

export function sizeWords(sizes: SizeRule): string {
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
      return 'its own';
    default:
      return sizes satisfies never;
  }
}

function some(words: readonly string[]): string {
  const more = words.length - SIZES_SHOWN;
  return `${words.slice(0, SIZES_SHOWN).join(', ')}${more > 0 ? ` +${more}` : ''}`;
}

export function editWords({ edit }: ModelCard): string {
  if (edit === undefined) return 'no edits';
  return `${edit.operations.join(', ')}${edit.mask === undefined ? '' : ' (mask)'}`;
}

/** Dollars of the cheapest picture, as far as the card tells. */
export function lowestPrice({ pricing }: ModelCard): number | undefined {
  const prices = (pricing?.images ?? []).map(({ usd }) => usd);
  return prices.length === 0 ? undefined : Math.min(...prices);
}

/** Dated: prices move. */
export function priceWords(pricing: Pricing | undefined): string {
  if (pricing === undefined) return 'price unknown';
  const { images, tokens, asOf } = pricing;
  const prices = images.map(({ usd }) => usd);
  const [low, high] = [Math.min(...prices), Math.max(...prices)];
  const picture = low === high ? dollars(low) : `${dollars(low)} to ${dollars(high)}`;
  const said = prices.length > 0 ? picture : tokens ? `${dollars(tokens.imageOutput)} a million tokens` : undefined;
  return said === undefined ? 'price unknown' : `${said} (${asOf ?? 'your setting'})`;
}
