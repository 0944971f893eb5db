/** Values of flags that come from a closed list. */
import { suggest } from '../../../providers/registry.ts';
import { UsageError } from '../usage-error.ts';

/** @param what as a person reads it, e.g. `--can` @throws UsageError with the nearest one */
export function readChoice<T extends string>(what: string, value: string, known: readonly T[]): T {
  const found = known.find((each) => each === value.trim());
  if (found !== undefined) return found;
  const given = value.trim().slice(0, 60);
  throw new UsageError(
    `${what} ${given} is not one of ${known.join(', ')}`,
    suggest(given, known) ?? `Pass for example ${what} ${known[0] ?? ''}.`,
  );
}
