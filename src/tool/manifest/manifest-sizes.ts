/** The sizes that a manifest offers. */
import { chooseSize } from '../../providers/kit/request/fields/choose-size.ts';
import { sizeText } from '../../providers/kit/sizes.ts';
import { type ModelCard, SIZE_WORDS } from '../../providers/protocol/index.ts';

/** The sizes that hosts of the first manifests know. */
const LISTED_SIZES = ['256x256', '512x512', '1024x1024', '1024x1792', '1792x1024'] as const;
/** A model reads every one of them with every call. */
const MAX_SIZES = 40;

/** Returns the listed sizes that one of the models supports, then the models' own sizes. */
export function listSizes(cards: readonly ModelCard[]): readonly string[] {
  const listed = LISTED_SIZES.filter((size) => cards.some((card) => fits(card, size)));
  return [...new Set([...listed, ...cards.flatMap(ownSizes)])].slice(0, MAX_SIZES);
}

function fits({ sizes }: ModelCard, size: string): boolean {
  return sizes.kind !== 'none' && chooseSize(sizes, size).kind === 'fits';
}

function ownSizes({ sizes }: ModelCard): readonly string[] {
  switch (sizes.kind) {
    case 'list':
      return sizes.sizes;
    case 'ratios':
      return Object.values(sizes.ratios);
    case 'free':
      return SIZE_WORDS.flatMap((word) => {
        const match = chooseSize(sizes, word);
        return match.kind === 'fits' ? [sizeText(match.choice.size)] : [];
      });
    case 'none':
      return [];
    default:
      return sizes satisfies never;
  }
}
