/** Checks model cards: dates, successors, sizes and prices. */
import { parseSize } from '../providers/kit/index.ts';
import { IMAGE_FORMATS, type ModelCard, OPERATIONS } from '../providers/protocol/index.ts';

const SIZE = /^[1-9]\d{0,4}x[1-9]\d{0,4}$/;
const RATIO = /^[1-9]\d{0,2}(?:\.\d)?:[1-9]\d{0,2}(?:\.\d)?$/;
/** Allowed deviation of pixels from their ratio: vendors round to multiples of 8 or 64. */
const RATIO_TOLERANCE = 0.06;

/**
 * Checks model cards.
 * @param defaultModel the model for requests that name none
 * @param today `YYYY-MM-DD`
 * @returns one line per fault
 */
export function cardFaults(
  models: Readonly<Record<string, ModelCard>>,
  defaultModel: string,
  today: string,
): readonly string[] {
  const card = models[defaultModel];
  const faults = Object.entries(models).flatMap(([id, card]) =>
    faultsOfCard(card, models, today).map((fault) => `${id}: ${fault}`),
  );
  if (card === undefined) return [`the default model ${defaultModel} has no card`, ...faults];
  if (card.editsOnly)
    return [`the default model ${defaultModel} only edits; it must generate from a prompt`, ...faults];
  const isShutDown = card.shutdown !== undefined && card.shutdown <= today;
  return isShutDown ? [`the default model ${defaultModel} was shut down on ${card.shutdown}`, ...faults] : faults;
}

function faultsOfCard(card: ModelCard, models: Readonly<Record<string, ModelCard>>, today: string): readonly string[] {
  const { title, source, shutdown, deprecated, successor, formats, maxImages, maxPromptLength, edit, editsOnly, seed } =
    card;
  const next = successor === undefined ? undefined : models[successor];
  const rules: readonly (readonly [isBroken: boolean, fault: string])[] = [
    [title.trim() === '', 'title is empty'],
    [source.trim() === '', 'source is empty'],
    [!isDate(shutdown), `shutdown ${shutdown} is not a date like 2026-01-31`],
    [!isDate(deprecated), `deprecated ${deprecated} is not a date like 2026-01-31`],
    [shutdown !== undefined && shutdown <= today && successor === undefined, 'is shut down but names no successor'],
    [successor !== undefined && next === undefined, `its successor ${successor} has no card`],
    [next?.shutdown !== undefined && next.shutdown <= today, `its successor ${successor} is shut down too`],
    [formats.length === 0 || formats.some(isUnknownFormat), `formats has an unknown format: ${formats.join(', ')}`],
    [!(Number.isInteger(maxImages) && maxImages > 0), `maxImages is ${maxImages}`],
    [!(Number.isInteger(maxPromptLength) && maxPromptLength >= 0), `maxPromptLength is ${maxPromptLength}`],
    [maxPromptLength === 0 && !editsOnly, 'maxPromptLength is 0, so editsOnly must be true'],
    [editsOnly === true && edit === undefined, 'editsOnly is true, but edit is missing'],
    [seed !== undefined && !(seed.min >= 0 && seed.min < seed.max), 'seed.min must be at least 0 and below seed.max'],
    [edit?.operations.some((each) => !OPERATIONS.includes(each)) ?? false, 'edit has an unknown operation'],
    [edit?.inputFormats.some(isUnknownFormat) ?? false, 'edit.inputFormats has an unknown format'],
    [
      edit !== undefined && !(edit.maxInputs > 0 && edit.maxInputBytes > 0),
      'edit.maxInputs and edit.maxInputBytes must be above 0',
    ],
  ];
  return [
    ...rules.flatMap(([isBroken, fault]) => (isBroken ? [fault] : [])),
    ...sizeFaults(card),
    ...priceFaults(card, today),
  ];
}

function sizeFaults({ sizes }: ModelCard): readonly string[] {
  switch (sizes.kind) {
    case 'list':
      return sizes.sizes.length === 0
        ? ['sizes is empty']
        : sizes.sizes.filter((size) => !SIZE.test(size)).map((size) => `size ${size} is not like 1024x1024`);
    case 'ratios':
      return [sizes.ratios, ...Object.values(sizes.tiers ?? {})].flatMap(ratioFaults);
    case 'none':
      return [];
    case 'free': {
      const { multipleOf, minEdge, maxEdge, minPixels, maxPixels, maxRatio } = sizes;
      const isSound = multipleOf > 0 && minEdge > 0 && minEdge <= maxEdge && minPixels <= maxPixels && maxRatio >= 1;
      return isSound ? [] : ['the bounds of sizes allow no size'];
    }
    default:
      return sizes satisfies never;
  }
}

function ratioFaults(ratios: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(ratios).flatMap(([ratio, pixels]) => {
    if (!RATIO.test(ratio) || !SIZE.test(pixels)) return [`ratio ${ratio} (${pixels}) is not like 16:9 (1344x768)`];
    const { width, height } = parseSize(pixels);
    const [x = 1, y = 1] = ratio.split(':').map(Number);
    const deviation = Math.abs((width * y) / (height * x) - 1);
    return deviation > RATIO_TOLERANCE ? [`ratio ${ratio} does not match its pixels ${pixels}`] : [];
  });
}

function priceFaults({ pricing }: ModelCard, today: string): readonly string[] {
  if (pricing === undefined) return [];
  const { images, asOf, source, tokens } = pricing;
  const rates: readonly number[] = [
    ...images.map(({ usd }) => usd),
    ...(pricing.inputUsd === undefined ? [] : [pricing.inputUsd]),
    ...Object.values<number>({ ...tokens }),
  ];
  return [
    ...(asOf !== undefined && isDate(asOf) && asOf <= today
      ? []
      : [`pricing.asOf is ${asOf}; it must be a date that is not in the future`]),
    ...(source?.trim() ? [] : ['pricing.source is empty']),
    ...(rates.every((rate) => Number.isFinite(rate) && rate >= 0) ? [] : ['a price is not a number of 0 or more']),
    ...images
      .filter(({ size }) => size !== undefined && !SIZE.test(size))
      .map(({ size }) => `the price of size ${size} is not like 1024x1024`),
  ];
}

function isUnknownFormat(format: string): boolean {
  return !(IMAGE_FORMATS as readonly string[]).includes(format);
}

/** Returns true for a date, and for an absent one. */
function isDate(text: string | undefined): boolean {
  if (text === undefined) return true;
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text));
}
