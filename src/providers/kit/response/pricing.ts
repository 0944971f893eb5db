/** Computes costs from model cards and reported usage, in whole micro-dollars until the last step. */

import type { Cost } from '../../protocol/generation.ts';
import type { ImagePrice, ModelCard, TokenRates } from '../../protocol/model-card.ts';
import { isUsdAmount, MICROS_PER_USD } from '../../protocol/shared/usd-amount.ts';
import type { Operation } from '../../protocol/vocabulary.ts';
import type { ReportedUsage } from '../adapter/reply-types.ts';
import { parseSize, type Size, sizeText } from '../sizes.ts';

export const UNKNOWN_COST: Cost = { basis: 'unknown' };

/** @param micros at least 0; an amount that is too large to be exact becomes an unknown cost */
function toCost(micros: number, basis: 'reported' | 'estimated', asOf?: string): Cost {
  if (!(Math.round(micros) <= Number.MAX_SAFE_INTEGER)) return UNKNOWN_COST;
  return { usd: Math.round(Math.abs(micros)) / MICROS_PER_USD, basis, ...(asOf !== undefined && { asOf }) };
}

/** What determines the price of an image. */
export interface Priced {
  readonly size?: Size;
  readonly quality?: string;
  readonly tier?: string;
  readonly operation?: Operation;
  readonly inputs?: readonly unknown[];
}

/**
 * Estimates the cost from the card's price table: the price of this quality, size, tier and operation, scaled by pixels if the table has
 * only other sizes. Without a quality, the most expensive of the canonical qualities counts, because the vendor chooses.
 * @param images how many were received or requested
 */
export function estimateCost(card: ModelCard, images: number, args: Priced): Cost {
  const { pricing } = card;
  const { size, inputs = [] } = args;
  const rows = rowsFor(card, args);
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
  return toCost(usd * MICROS_PER_USD, 'estimated', pricing.asOf);
}

function furtherMegapixels(size: Size | undefined): number {
  return size === undefined ? 0 : Math.max(Math.ceil((size.width * size.height) / 1_000_000) - 1, 0);
}

/** Rows that name the requested value take precedence over rows that match any value. */
function rowsFor({ pricing, qualities }: ModelCard, { quality, tier, operation }: Priced): readonly ImagePrice[] {
  const canonical: readonly string[] = Object.values(qualities ?? {});
  const ofQuality = (pricing?.images ?? []).filter(
    (price) =>
      price.quality === undefined ||
      (quality === undefined ? canonical.includes(price.quality) : price.quality === quality),
  );
  return preferNamed(preferNamed(ofQuality, 'tier', tier), 'operation', operation);
}

function preferNamed(
  rows: readonly ImagePrice[],
  field: 'tier' | 'operation',
  requested: string | undefined,
): readonly ImagePrice[] {
  const named = rows.filter((row) => row[field] !== undefined && row[field] === requested);
  return named.length > 0 ? named : rows.filter((row) => row[field] === undefined);
}

/**
 * Computes the cost from the usage in a reply. It is `reported` only if the reply states an amount of money. Token counts times the card's
 * rates are `estimated`, because the rates come from the card.
 */
export function costOfUsage(card: ModelCard, usage: ReportedUsage): Cost | undefined {
  if (isUsdAmount(usage.usd)) return toCost(usage.usd * MICROS_PER_USD, 'reported');
  const { pricing } = card;
  const output = usage.imageOutputTokens ?? usage.outputTokens;
  // Every image takes tokens, so a count of 0 means that they were not counted.
  if (pricing?.tokens === undefined || !isCount(output) || output === 0) return undefined;
  const rates: TokenRates = pricing.tokens;
  const textInput =
    usage.textInputTokens ?? (isCount(usage.inputTokens) ? usage.inputTokens - (usage.imageInputTokens ?? 0) : 0);
  const lines: readonly (readonly [number | null | undefined, number | undefined])[] = [
    [output, rates.imageOutput],
    [textInput, rates.textInput],
    [usage.imageInputTokens, rates.imageInput],
    [usage.textOutputTokens, rates.textOutput],
  ];
  // Dollars per million tokens are micro-dollars per token.
  const micros = lines.reduce(
    (sum, [tokens, rate]) => sum + (isCount(tokens) && rate !== undefined ? tokens * rate : 0),
    0,
  );
  return toCost(micros, 'estimated', pricing.asOf);
}

/** Adds up the costs of several requests; unknown if one of them is. */
export function sumCosts(costs: readonly Cost[]): Cost {
  if (costs.length === 0 || costs.some((cost) => cost.usd === undefined)) return UNKNOWN_COST;
  const micros = costs.reduce((sum, cost) => sum + Math.round((cost.usd ?? 0) * MICROS_PER_USD), 0);
  const basis = costs.every((cost) => cost.basis === 'reported') ? 'reported' : 'estimated';
  const dates = costs.flatMap((cost) => cost.asOf ?? []).sort();
  return toCost(micros, basis, dates[0]);
}

/** Checks for a number that can be a count: finite and not negative. */
export function isCount(value: number | null | undefined): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}
