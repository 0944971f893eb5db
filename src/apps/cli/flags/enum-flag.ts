/** Reads flags and arguments that take one of a closed list. */
import { quoteName } from '../../../providers/protocol/input/hide-keys.ts';
import { suggest } from '../../../providers/registry.ts';
import { UsageError } from '../usage-error.ts';

/** @param what as typed, e.g. `--can` @throws UsageError with the nearest choice */
export function readChoice<T extends string>(what: string, value: string, choices: readonly T[]): T {
  const found = choices.find((each) => each === value.trim());
  if (found !== undefined) return found;
  throw new UsageError(
    `invalid ${what} ${quoteName(value.trim())}`,
    [suggest(value.trim(), choices), `Choices: ${choices.join(', ')}.`].filter(Boolean).join(' '),
  );
}
