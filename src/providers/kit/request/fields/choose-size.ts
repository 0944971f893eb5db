/** Chooses the size that a model supports. Only requests with a size or a ratio load it. */
import type { SizeRule } from '../../../protocol/model-card.ts';
import { SIZE_WORDS, type SizeWord } from '../../../protocol/vocabulary.ts';
import { parseSize, ratioValue, type Size, sizeText } from '../../sizes.ts';

/** A size or ratio that the model supports. */
export interface SizeChoice {
  readonly size: Size;
  /** Only for models that take ratios. */
  readonly aspectRatio?: string;
  /** The vendor's word for these pixels, if they are not the default pixels of the ratio. */
  readonly tier?: string;
}

export type SizeMatch =
  | { readonly kind: 'fits'; readonly choice: SizeChoice }
  /** Not supported; `nearest` is the nearest supported size. */
  | { readonly kind: 'differs'; readonly nearest: SizeChoice; readonly why: string; readonly hint: string };

const WORD_RATIOS = { square: 1, landscape: 3 / 2, portrait: 2 / 3 } as const satisfies Record<SizeWord, number>;
/** Pixels of an image if neither the caller nor the model decides. */
const DEFAULT_PIXELS = 1024 * 1024;
/** Ratios count as equal up to this relative difference. */
const SAME_RATIO = 0.005;
/** Step for models that accept any pixels, if only a shape is requested. */
const ANY_MODEL_STEP = 16;
/** For edges in steps, a ratio counts as met up to this relative difference: 1344x768 is 16:9. */
const NEAR_RATIO = 0.03;

/** A rule that lets callers choose a size. */
export type SelectableRule = Exclude<SizeRule, { kind: 'none' }>;

/**
 * @param requested `'WxH'`, a size word, or `{ aspectRatio: '16:9' }`
 * @param tier the tier that the quality requires; without it, the default pixels come first
 */
export function chooseSize(
  rule: SelectableRule,
  requested: string | { readonly aspectRatio: string },
  tier?: string,
): SizeMatch {
  const choices = choicesOf(rule, tier);
  if (typeof requested === 'object') return chooseRatio(rule, choices, requested.aspectRatio);
  if ((SIZE_WORDS as readonly string[]).includes(requested)) return chooseWord(rule, choices, requested as SizeWord);
  const size = parseSize(requested);
  const exact = choices.find((choice) => sizeText(choice.size) === requested);
  if (exact) return { kind: 'fits', choice: exact };
  if (rule.kind !== 'free') {
    const names =
      rule.kind === 'list'
        ? rule.sizes.join(', ')
        : choices.map(({ aspectRatio, size: own }) => `${aspectRatio} (${sizeText(own)})`).join(', ');
    const nearest = nearestChoice(choices, size.width / size.height, size.width * size.height);
    return differs(nearest, `size ${requested} is not supported; the model supports ${names}`);
  }
  const why = findSizeFault(rule, size);
  return why === undefined
    ? { kind: 'fits', choice: { size } }
    : differs({ size: nearestFreeSize(rule, size) }, `size ${requested} ${why}`);
}

function chooseWord(rule: SelectableRule, choices: readonly SizeChoice[], word: SizeWord): SizeMatch {
  const isOfWord = ({ width, height }: Size) =>
    word === 'square' ? width === height : word === 'landscape' ? width > height : width < height;
  const preferred = choices.find(({ size }) => isOfWord(size) && size.width * size.height === DEFAULT_PIXELS);
  const choice = preferred ?? choices.find(({ size }) => isOfWord(size));
  if (choice) return { kind: 'fits', choice };
  if (rule.kind === 'free') {
    const size = defaultFreeSize(rule, WORD_RATIOS[word]);
    return isOfWord(size) ? { kind: 'fits', choice: { size } } : differs({ size }, `this model has no ${word} size`);
  }
  return differs(nearestChoice(choices, WORD_RATIOS[word], DEFAULT_PIXELS), `this model has no ${word} size`);
}

function chooseRatio(rule: SelectableRule, choices: readonly SizeChoice[], aspectRatio: string): SizeMatch {
  const requestedRatio = ratioValue(aspectRatio);
  const same = choices.find(
    ({ size, aspectRatio: own }) =>
      Math.abs((own ? ratioValue(own) : size.width / size.height) / requestedRatio - 1) < SAME_RATIO,
  );
  if (same) return { kind: 'fits', choice: same };
  if (rule.kind === 'free') {
    const size = defaultFreeSize(rule, requestedRatio);
    if (Math.abs(size.width / size.height / requestedRatio - 1) < NEAR_RATIO) return { kind: 'fits', choice: { size } };
    const { maxRatio, multipleOf } = rule;
    const isBeyond = Math.max(requestedRatio, 1 / requestedRatio) > maxRatio;
    return differs(
      { size },
      `aspect ratio ${aspectRatio} ${isBeyond ? `is beyond ${maxRatio}:1` : `is not possible in multiples of ${multipleOf} within the size limits`}`,
    );
  }
  const names = rule.kind === 'list' ? rule.sizes.join(', ') : Object.keys(rule.ratios).join(', ');
  return differs(
    nearestChoice(choices, requestedRatio, DEFAULT_PIXELS),
    `aspect ratio ${aspectRatio} is not supported; the model supports ${names}`,
  );
}

function differs(nearest: SizeChoice, why: string): SizeMatch {
  return {
    kind: 'differs',
    nearest,
    why,
    hint: `Pass ${nearest.aspectRatio ? `aspectRatio ${nearest.aspectRatio}` : `size ${sizeText(nearest.size)}`}, or onUnsupported: 'adapt'.`,
  };
}

function choicesOf(rule: SelectableRule, tier: string | undefined): readonly SizeChoice[] {
  switch (rule.kind) {
    case 'list':
      return rule.sizes.map((text) => ({ size: parseSize(text) }));
    case 'ratios': {
      const defaults = tier === undefined ? choicesOfRatios(rule.ratios) : [];
      const tiers = Object.entries(rule.tiers ?? {}).filter(([name]) => tier === undefined || name === tier);
      return [...defaults, ...tiers.flatMap(([name, ratios]) => choicesOfRatios(ratios, name))];
    }
    case 'free':
      return [];
    default:
      return rule satisfies never;
  }
}

function choicesOfRatios(ratios: Readonly<Record<string, string>>, tier?: string): readonly SizeChoice[] {
  return Object.entries(ratios).map(([aspectRatio, text]) => ({
    size: parseSize(text),
    aspectRatio,
    ...(tier !== undefined && { tier }),
  }));
}

/** Compares the shape first, then the area. */
function nearestChoice(choices: readonly SizeChoice[], ratio: number, pixels: number): SizeChoice {
  const score = ({ size: { width, height } }: SizeChoice) =>
    4 * Math.abs(Math.log(width / height / ratio)) + Math.abs(Math.log((width * height) / pixels));
  return choices.reduce((best, each) => (score(each) < score(best) ? each : best));
}

type FreeRule = Extract<SizeRule, { kind: 'free' }>;

function findSizeFault(rule: FreeRule, { width, height }: Size): string | undefined {
  const [long, short] = [Math.max(width, height), Math.min(width, height)];
  const pixels = width * height;
  if (width % rule.multipleOf !== 0 || height % rule.multipleOf !== 0)
    return `is not in multiples of ${rule.multipleOf}`;
  if (long > rule.maxEdge || short < rule.minEdge)
    return `has an edge outside ${rule.minEdge} to ${rule.maxEdge} pixels`;
  if (long > short * rule.maxRatio) return `has an aspect ratio above ${rule.maxRatio}:1`;
  if (pixels < rule.minPixels || pixels > rule.maxPixels)
    return `has ${pixels} pixels, outside ${rule.minPixels} to ${rule.maxPixels}`;
  return undefined;
}

/** Returns pixels of this ratio with about the default area. */
function defaultFreeSize(rule: FreeRule, ratio: number): Size {
  if (rule.multipleOf === 1) {
    const stepped = defaultFreeSize({ ...rule, multipleOf: ANY_MODEL_STEP }, ratio);
    if (findSizeFault(rule, stepped) === undefined) return stepped;
  }
  const area = Math.min(Math.max(DEFAULT_PIXELS, rule.minPixels), rule.maxPixels);
  // The common 3:2 shapes have common pixels: 1536x1024 rather than 1254x836.
  const edge = Math.sqrt(area);
  const common =
    ratio === WORD_RATIOS.landscape
      ? { width: 1536, height: 1024 }
      : ratio === WORD_RATIOS.portrait
        ? { width: 1024, height: 1536 }
        : undefined;
  if (common && findSizeFault(rule, common) === undefined) return common;
  return nearestFreeSize(rule, { width: edge * Math.sqrt(ratio), height: edge / Math.sqrt(ratio) });
}

/**
 * Returns the allowed size that is nearest to the requested one: the shape counts first, then the area. It tries every width with its best
 * height, because simple rounding can leave the combined bounds.
 */
function nearestFreeSize(rule: FreeRule, { width, height }: Size): Size {
  const { multipleOf: step, minEdge, maxEdge, maxRatio, minPixels, maxPixels } = rule;
  const ratio = Math.min(Math.max(width / height, 1 / maxRatio), maxRatio);
  const area = Math.min(Math.max(width * height, minPixels), maxPixels);
  let best: SizeChoice | undefined;
  for (let w = Math.ceil(minEdge / step) * step; w <= maxEdge; w += step) {
    const lowest = Math.ceil(Math.max(minEdge, w / maxRatio, minPixels / w) / step) * step;
    const highest = Math.floor(Math.min(maxEdge, w * maxRatio, maxPixels / w) / step) * step;
    if (w === 0 || lowest > highest) continue;
    const ideal = w / ratio / step;
    const heights = [Math.floor(ideal) * step, Math.ceil(ideal) * step];
    const sizes = heights.map((h) => ({ size: { width: w, height: Math.min(Math.max(h, lowest), highest) } }));
    best = nearestChoice(best === undefined ? sizes : [best, ...sizes], ratio, area);
  }
  // No size fits only if the card is wrong, which a test of the cards detects.
  return best?.size ?? { width: step, height: step };
}
