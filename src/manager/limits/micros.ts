/** Money as whole micro-dollars. */

import { MICROS_PER_USD } from '../../providers/protocol/index.ts';

/** @throws RangeError: not an amount of dollars */
export function toMicros(usd: number): number {
  const micros = Math.round(usd * MICROS_PER_USD);
  if (!(micros >= 0) || !Number.isSafeInteger(micros)) throw new RangeError(`${usd} is not an amount of dollars`);
  return micros;
}

export const toUsd = (micros: number): number => micros / MICROS_PER_USD;
