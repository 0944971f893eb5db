/** Whether model cards are sound: dated data that others rely on without looking. */
import { parseSize } from '../providers/kit/index.ts';
import { IMAGE_FORMATS, type ModelCard, OPERATIONS } from '../providers/protocol/index.ts';

const SIZE = /^[1-9]\d{0,4}x[1-9]\d{0,4}$/;
const RATIO = /^[1-9]\d{0,2}(?:\.\d)?:[1-9]\d{0,2}(?:\.\d)?$/;
/** How far a ratio's pixels may be from the ratio: vendors round to multiples of 8 or 64. */
const RATIO_TOLERANCE = 0.06;

/**
 * @param defaultModel what is used when a request names none
 * @param today `YYYY-MM-DD`
 * @returns one line per fault
 */
export function cardFaults(
  models: Readonly<Record<string, ModelCard>>,
  defaultModel: string,
  today: string,
): readonly string[] {
  const usual = models[defaultModel];
  const faults = Object.entries(models).flatMap(([id, card]) =>
    oneCard(card, models, today).map((fault) => `${id}: ${fault}`),
  );
  if (usual === undefined) return [`the default model ${defaultModel} has no card`, ...faults];
  if (usual.editsOnly) return [`the default model ${defaultModel} makes nothing from a prompt`, ...faults];
  const isOver = usual.shutdown !== undefined && usual.shutdown <= today;
  return isOver ? [`the default model ${defaultModel} is past its shutdown on ${usual.shutdown}`, ...faults] : faults;
}

function oneCard(card: ModelCard, models: Readonly<Record<string, ModelCard>>, today: string): readonly string[] {
  const { title, source, shutdown, deprecated, successor, formats, maxImages, maxPromptLength, edit, editsOnly, seed } =
    card;
  const next = successor === undefined ? undefined : models[successor];
  const rules: readonly (readonly [broken: boolean, fault: string])[] = [
    [title.trim() === '', 'title is empty'],
    [source.trim() === '', 'source is empty'],
    [!isDate(shutdown), `shutdown ${shutdown} is no date like 2026-01-31`],
    [!isDate(deprecated), `deprecated ${deprecated} is no date like 2026-01-31`],
    [shutdown !== undefined && shutdown <= today && successor === undefined, 'is shut down and names no successor'],
    [successor !== undefined && next === undefined, `its successor ${successor} has no card`],
    [next?.shutdown !== undefined && next.shutdown <= today, `its successor ${successor} is shut down itself`],
    [formats.length === 0 || formats.some(isNoFormat), `formats ${formats.join(', ')} are not all known`],
    [!(Number.isInteger(maxImages) && maxImages > 0), `maxImages is ${maxImages}`],
    [!(Number.isInteger(maxPromptLength) && maxPromptLength >= 0), `maxPromptLength is ${maxPromptLength}`],
    [maxPromptLength === 0 && !editsOnly, 'takes no prompt, so it can only edit; editsOnly must say so'],
    [editsOnly === true && edit === undefined, 'only edits, and has no edit'],
    [seed !== undefined && !(seed.min >= 0 && seed.min < seed.max), 'seed has no range'],
    [edit?.operations.some((each) => !OPERATIONS.includes(each)) ?? false, 'edit has an unknown operation'],
    [edit?.inputFormats.some(isNoFormat) ?? false, 'edit.inputFormats are not all known'],
    [edit !== undefined && !(edit.maxInputs > 0 && edit.maxInputBytes > 0), 'edit takes no input'],
  ];
  return [
    ...rules.flatMap(([broken, fault]) => (broken ? [fault] : [])),
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
      return isSound ? [] : ['the bounds of its sizes leave no size'];
    }
    default:
      return sizes satisfies never;
  }
}

function ratioFaults(ratios: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(ratios).flatMap(([ratio, pixels]) => {
    if (!RATIO.test(ratio) || !SIZE.test(pixels)) return [`ratio ${ratio} (${pixels}) is not like 16:9 (1344x768)`];
    const { width, height } = parseSize(pixels);
    const [across = 1, down = 1] = ratio.split(':').map(Number);
    const off = Math.abs((width * down) / (height * across) - 1);
    return off > RATIO_TOLERANCE ? [`ratio ${ratio} is not the shape of ${pixels}`] : [];
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
    ...(asOf !== undefined && isDate(asOf) && asOf <= today ? [] : [`its prices are dated ${asOf}`]),
    ...(source?.trim() ? [] : ['its prices name no source']),
    ...(rates.every((rate) => Number.isFinite(rate) && rate >= 0) ? [] : ['a price is no amount']),
    ...images
      .filter(({ size }) => size !== undefined && !SIZE.test(size))
      .map(({ size }) => `the price of size ${size} is not like 1024x1024`),
  ];
}

function isNoFormat(format: string): boolean {
  return !(IMAGE_FORMATS as readonly string[]).includes(format);
}

/** True also for a date that is not given. */
function isDate(text: string | undefined): boolean {
  if (text === undefined) return true;
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text));
}
