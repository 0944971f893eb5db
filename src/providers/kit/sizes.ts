/** Sizes: parsed once at the border, then matched against what a model takes. */
import type { SizeRule } from '../protocol/model-card.ts';
import { SIZE_WORDS, type SizeWord } from '../protocol/vocabulary.ts';

export interface Size {
  readonly width: number;
  readonly height: number;
}

export function parseSize(text: string): Size {
  const [width = 0, height = 0] = text.split('x').map(Number);
  return { width, height };
}

export const sizeText = ({ width, height }: Size): string => `${width}x${height}`;

/** @param text like `16:9` @returns width over height */
export function ratioValue(text: string): number {
  const [width = 1, height = 1] = text.split(':').map(Number);
  return width / height;
}

/** Pixels of about this area for each ratio, in steps of 16: for vendors that promise the shape and tell no pixels. */
export function nominalPixels(area: number, ratios: readonly string[]): Readonly<Record<string, string>> {
  const toStep = (edge: number) => Math.max(Math.round(edge / 16) * 16, 16);
  return Object.fromEntries(
    ratios.map((ratio) => {
      const value = ratioValue(ratio);
      return [ratio, `${toStep(Math.sqrt(area * value))}x${toStep(Math.sqrt(area / value))}`];
    }),
  );
}

/** The nearest pixels, or the nearest ratio: what the model would really draw. */
export interface SizeChoice {
  readonly size: Size;
  /** Only where the model takes ratios. */
  readonly aspectRatio?: string;
  /** The vendor's word for these pixels of the ratio, where they are not its usual ones. */
  readonly tier?: string;
}

export type SizeAnswer =
  | { readonly kind: 'fits'; readonly choice: SizeChoice }
  /** Not as asked; `nearest` is what could be drawn instead. */
  | { readonly kind: 'differs'; readonly nearest: SizeChoice; readonly why: string; readonly hint: string };

const WORD_RATIOS = { square: 1, landscape: 3 / 2, portrait: 2 / 3 } as const satisfies Record<SizeWord, number>;
/** What one picture has by default, where a model leaves it open. */
const USUAL_PIXELS = 1024 * 1024;
/** Two ratios that differ by no more are the same one. */
const SAME = 0.005;
/** Where only a shape is asked for and any pixels go: steps that suit every model. */
const ANY_MODEL_STEP = 16;
/** Where edges come in steps, a ratio is met when whole steps come this near: 1344x768 is 16:9. */
const NEARLY = 0.03;

/** A rule by which something can be asked for. */
export type AskableRule = Exclude<SizeRule, { kind: 'none' }>;

/**
 * @param asked `'WxH'`, a size word, or `{ aspectRatio: '16:9' }`
 * @param tier wanted already, by the quality; else the usual one counts first
 */
export function chooseSize(
  rule: AskableRule,
  asked: string | { readonly aspectRatio: string },
  tier?: string,
): SizeAnswer {
  const choices = choicesOf(rule, tier);
  if (typeof asked === 'object') return chooseRatio(rule, choices, asked.aspectRatio);
  if ((SIZE_WORDS as readonly string[]).includes(asked)) return chooseWord(rule, choices, asked as SizeWord);
  const size = parseSize(asked);
  const exact = choices.find((choice) => sizeText(choice.size) === asked);
  if (exact) return { kind: 'fits', choice: exact };
  if (rule.kind !== 'free') {
    const names =
      rule.kind === 'list'
        ? rule.sizes.join(', ')
        : choices.map(({ aspectRatio, size: own }) => `${aspectRatio} (${sizeText(own)})`).join(', ');
    const nearest = nearestOf(choices, size.width / size.height, size.width * size.height);
    return differs(nearest, `size ${asked} is none of ${names}`);
  }
  const why = freeFault(rule, size);
  return why === undefined
    ? { kind: 'fits', choice: { size } }
    : differs({ size: nearestFree(rule, size) }, `size ${asked} ${why}`);
}

function chooseWord(rule: AskableRule, choices: readonly SizeChoice[], word: SizeWord): SizeAnswer {
  const isOfWord = ({ width, height }: Size) =>
    word === 'square' ? width === height : word === 'landscape' ? width > height : width < height;
  const usual = choices.find(({ size }) => isOfWord(size) && size.width * size.height === USUAL_PIXELS);
  const choice = usual ?? choices.find(({ size }) => isOfWord(size));
  if (choice) return { kind: 'fits', choice };
  if (rule.kind === 'free') {
    const size = freeOf(rule, WORD_RATIOS[word]);
    return isOfWord(size) ? { kind: 'fits', choice: { size } } : differs({ size }, `no ${word} size exists here`);
  }
  return differs(nearestOf(choices, WORD_RATIOS[word], USUAL_PIXELS), `no ${word} size exists here`);
}

function chooseRatio(rule: AskableRule, choices: readonly SizeChoice[], aspectRatio: string): SizeAnswer {
  const wanted = ratioValue(aspectRatio);
  const same = choices.find(
    ({ size, aspectRatio: own }) => Math.abs((own ? ratioValue(own) : size.width / size.height) / wanted - 1) < SAME,
  );
  if (same) return { kind: 'fits', choice: same };
  if (rule.kind === 'free') {
    const size = freeOf(rule, wanted);
    if (Math.abs(size.width / size.height / wanted - 1) < NEARLY) return { kind: 'fits', choice: { size } };
    const { maxRatio, multipleOf } = rule;
    const isBeyond = Math.max(wanted, 1 / wanted) > maxRatio;
    return differs(
      { size },
      `aspect ratio ${aspectRatio} ${isBeyond ? `is beyond ${maxRatio}:1` : `cannot be had in multiples of ${multipleOf} within the bounds`}`,
    );
  }
  const names = rule.kind === 'list' ? rule.sizes.join(', ') : Object.keys(rule.ratios).join(', ');
  return differs(nearestOf(choices, wanted, USUAL_PIXELS), `aspect ratio ${aspectRatio} fits none of ${names}`);
}

function differs(nearest: SizeChoice, why: string): SizeAnswer {
  return {
    kind: 'differs',
    nearest,
    why,
    hint: `Pass ${nearest.aspectRatio ? `aspectRatio ${nearest.aspectRatio}` : `size ${sizeText(nearest.size)}`}, or onUnsupported: 'adapt'.`,
  };
}

function choicesOf(rule: AskableRule, tier: string | undefined): readonly SizeChoice[] {
  switch (rule.kind) {
    case 'list':
      return rule.sizes.map((text) => ({ size: parseSize(text) }));
    case 'ratios': {
      const usual = tier === undefined ? choicesOfRatios(rule.ratios) : [];
      const tiers = Object.entries(rule.tiers ?? {}).filter(([name]) => tier === undefined || name === tier);
      return [...usual, ...tiers.flatMap(([name, ratios]) => choicesOfRatios(ratios, name))];
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

/** The shape counts first, then the area. */
function nearestOf(choices: readonly SizeChoice[], ratio: number, pixels: number): SizeChoice {
  const score = ({ size: { width, height } }: SizeChoice) =>
    4 * Math.abs(Math.log(width / height / ratio)) + Math.abs(Math.log((width * height) / pixels));
  return choices.reduce((best, each) => (score(each) < score(best) ? each : best));
}

type FreeRule = Extract<SizeRule, { kind: 'free' }>;

function freeFault(rule: FreeRule, { width, height }: Size): string | undefined {
  const [long, short] = [Math.max(width, height), Math.min(width, height)];
  const pixels = width * height;
  if (width % rule.multipleOf !== 0 || height % rule.multipleOf !== 0)
    return `is not in multiples of ${rule.multipleOf}`;
  if (long > rule.maxEdge || short < rule.minEdge)
    return `has an edge outside ${rule.minEdge} to ${rule.maxEdge} pixels`;
  if (long > short * rule.maxRatio) return `is longer than ${rule.maxRatio}:1`;
  if (pixels < rule.minPixels || pixels > rule.maxPixels)
    return `has ${pixels} pixels, outside ${rule.minPixels} to ${rule.maxPixels}`;
  return undefined;
}

/** Pixels of this shape with about the usual area. */
function freeOf(rule: FreeRule, ratio: number): Size {
  if (rule.multipleOf === 1) {
    const stepped = freeOf({ ...rule, multipleOf: ANY_MODEL_STEP }, ratio);
    if (freeFault(rule, stepped) === undefined) return stepped;
  }
  const area = Math.min(Math.max(USUAL_PIXELS, rule.minPixels), rule.maxPixels);
  // The usual three shapes have usual pixels: 1536x1024 rather than 1254x836.
  const edge = Math.sqrt(area);
  const usual =
    ratio === WORD_RATIOS.landscape
      ? { width: 1536, height: 1024 }
      : ratio === WORD_RATIOS.portrait
        ? { width: 1024, height: 1536 }
        : undefined;
  if (usual && freeFault(rule, usual) === undefined) return usual;
  return nearestFree(rule, { width: edge * Math.sqrt(ratio), height: edge / Math.sqrt(ratio) });
}

/**
 * The size within all bounds that is nearest to the wanted one: the shape counts first, then the area. Every width is tried with its
 * best height, since steps and bounds together leave gaps that rounding falls into.
 */
function nearestFree(rule: FreeRule, { width, height }: Size): Size {
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
    best = nearestOf(best === undefined ? sizes : [best, ...sizes], ratio, area);
  }
  // Bounds that nothing fits are a fault of the card; a test of the cards finds it.
  return best?.size ?? { width: step, height: step };
}
