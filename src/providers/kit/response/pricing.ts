/** What a call costs, as far as cards and vendors tell. Money is counted in whole micro-dollars until the last step. */
import type { Cost } from '../../protocol/generation.ts';
import type { ImagePrice, ModelCard, TokenRates } from '../../protocol/model-card.ts';
import type { Operation } from '../../protocol/vocabulary.ts';
import type { ReportedUsage } from '../adapter/definition.ts';
import { parseSize, type Size, sizeText } from '../sizes.ts';

const MICRO = 1_000_000;
/** Nobody knows. */
export const UNKNOWN_COST: Cost = { basis: 'unknown' };

/** Dollars that can be counted exactly in micro-dollars. */
export const isPrice = (usd: number): boolean => isAmount(usd) && Math.round(usd * MICRO) <= Number.MAX_SAFE_INTEGER;

/** @param micros at least 0; what cannot be counted exactly any more is no price */
function toCost(micros: number, basis: 'reported' | 'estimated', asOf?: string): Cost {
  if (!(Math.round(micros) <= Number.MAX_SAFE_INTEGER)) return UNKNOWN_COST;
  return { usd: Math.round(Math.abs(micros)) / MICRO, basis, ...(asOf !== undefined && { asOf }) };
}

/** What decides the price of a picture. */
export interface Priced {
  readonly size?: Size;
  readonly quality?: string;
  readonly tier?: string;
  readonly operation?: Operation;
  readonly inputs?: readonly unknown[];
}

/**
 * From the card's table: the price of this quality, size, tier and operation, scaled by pixels where the table has another size. Without a
 * quality the dearest of the canonical three counts, since the vendor chooses. @param images how many came or were asked for
 */
export function estimateCost(card: ModelCard, images: number, asked: Priced): Cost {
  const { pricing } = card;
  const { size, inputs = [] } = asked;
  const rows = rowsFor(card, asked);
  if (pricing === undefined || rows.length === 0) return UNKNOWN_COST;
  const text = size && sizeText(size);
  const exact = size === undefined ? [] : rows.filter((price) => price.size === undefined || price.size === text);
  const prices = (exact.length > 0 ? exact : rows).map((price) => {
    if (price.furtherUsd !== undefined) return price.usd + price.furtherUsd * furtherMegapixels(size);
    if (price.size === undefined || size === undefined || price.size === text) return price.usd;
    const { width, height } = parseSize(price.size);
    return (price.usd * size.width * size.height) / (width * height);
  });
  const usd = Math.max(...prices) * images + (pricing.inputUsd ?? 0) * inputs.length;
  return toCost(usd * MICRO, 'estimated', pricing.asOf);
}

function furtherMegapixels(size: Size | undefined): number {
  return size === undefined ? 0 : Math.max(Math.ceil((size.width * size.height) / 1_000_000) - 1, 0);
}

/** Rows that name what was asked for count before those that leave it open. */
function rowsFor({ pricing, qualities }: ModelCard, { quality, tier, operation }: Priced): readonly ImagePrice[] {
  const usual: readonly string[] = Object.values(qualities ?? {});
  const ofQuality = (pricing?.images ?? []).filter(
    (price) =>
      price.quality === undefined ||
      (quality === undefined ? usual.includes(price.quality) : price.quality === quality),
  );
  return preferNamed(preferNamed(ofQuality, 'tier', tier), 'operation', operation);
}

function preferNamed(
  rows: readonly ImagePrice[],
  field: 'tier' | 'operation',
  wanted: string | undefined,
): readonly ImagePrice[] {
  const named = rows.filter((row) => row[field] !== undefined && row[field] === wanted);
  return named.length > 0 ? named : rows.filter((row) => row[field] === undefined);
}

/**
 * From the usage of a reply. `reported` only where the reply holds money; token counts times the card's rates are `estimated`, because the
 * rates are ours.
 */
export function costOfUsage(card: ModelCard, usage: ReportedUsage): Cost | undefined {
  if (isAmount(usage.usd) && isPrice(usage.usd)) return toCost(usage.usd * MICRO, 'reported');
  const { pricing } = card;
  const output = usage.imageOutputTokens ?? usage.outputTokens;
  // An image takes tokens: a count of none means that they were not counted.
  if (pricing?.tokens === undefined || !isAmount(output) || output === 0) return undefined;
  const rates: TokenRates = pricing.tokens;
  const textInput =
    usage.textInputTokens ?? (isAmount(usage.inputTokens) ? usage.inputTokens - (usage.imageInputTokens ?? 0) : 0);
  const lines: readonly (readonly [number | null | undefined, number | undefined])[] = [
    [output, rates.imageOutput],
    [textInput, rates.textInput],
    [usage.imageInputTokens, rates.imageInput],
    [usage.textOutputTokens, rates.textOutput],
  ];
  // Dollars per million tokens are micro-dollars per token.
  const micros = lines.reduce(
    (sum, [tokens, rate]) => sum + (isAmount(tokens) && rate !== undefined ? tokens * rate : 0),
    0,
  );
  return toCost(micros, 'estimated', pricing.asOf);
}

/** One cost for several requests; unknown as soon as one is. */
export function sumCosts(costs: readonly Cost[]): Cost {
  if (costs.length === 0 || costs.some((cost) => cost.usd === undefined)) return UNKNOWN_COST;
  const micros = costs.reduce((sum, cost) => sum + Math.round((cost.usd ?? 0) * MICRO), 0);
  const basis = costs.every((cost) => cost.basis === 'reported') ? 'reported' : 'estimated';
  const dates = costs.flatMap((cost) => cost.asOf ?? []).sort();
  return toCost(micros, basis, dates[0]);
}

/** A count, or an amount of money. */
export function isAmount(value: number | null | undefined): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}
