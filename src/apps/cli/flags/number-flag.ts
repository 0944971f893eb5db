/** Reads flags that take a whole number. */

import { quoteName } from '../../../providers/protocol/input/hide-keys.ts';
import { UsageError } from '../usage-error.ts';

/** @param flag as typed, e.g. `--n` @param example a value for the hint @throws UsageError outside `min` to `max` */
export function readInteger(
  flag: string,
  text: string | undefined,
  min: number,
  max: number,
  example = Math.max(min, 1),
): number | undefined {
  if (text === undefined) return undefined;
  const pattern = min < 0 ? /^-?\d{1,16}$/ : /^\d{1,16}$/;
  const value = pattern.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new UsageError(
    `invalid ${flag} ${quoteName(text, 40)}`,
    `Use a whole number from ${min} to ${max}, for example ${flag} ${example}.`,
  );
}
