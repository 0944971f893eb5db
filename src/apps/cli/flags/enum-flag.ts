/** Reads flags and arguments that take one of a closed list. */
import { suggest } from '../../../providers/registry.ts';
import { UsageError } from '../usage-error.ts';

/** @param what as typed, e.g. `--can` @throws UsageError with the nearest choice */
export function readChoice<T extends string>(what: string, value: string, choices: readonly T[]): T {
  const found = choices.find((each) => each === value.trim());
  if (found !== undefined) return found;
  const given = value.trim().slice(0, 60);
  throw new UsageError(
    `invalid ${what} ${JSON.stringify(given)}`,
    [suggest(given, choices), `Choices: ${choices.join(', ')}.`].filter(Boolean).join(' '),
  );
}
