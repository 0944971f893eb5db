/** Amounts of money: US dollars at the interfaces, whole micro-dollars wherever they are added up. */

export const MICROS_PER_USD = 1_000_000;

/** Checks for a number of US dollars that is not negative and can be counted exactly in micro-dollars. */
export function isUsdAmount(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && Number.isSafeInteger(Math.round(value * MICROS_PER_USD));
}
