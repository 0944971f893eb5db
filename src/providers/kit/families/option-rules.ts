/** Checks of a request's `options` that most adapters share. Each fault is a reason to refuse the request before the call. */

/** A rule that adapters write as data: refused when `isBroken`. */
export type OptionRule = readonly [isBroken: boolean, field: string, message: string, hint: string];

export interface OptionFault {
  /** The field of the request, e.g. `options.seed`. */
  readonly field: string;
  readonly message: string;
  readonly hint: string;
}

/** Returns a fault for every broken rule, in the order of the rules. */
export function brokenRules(rules: readonly OptionRule[]): readonly OptionFault[] {
  return rules.flatMap(([isBroken, field, message, hint]) => (isBroken ? [{ field, message, hint }] : []));
}

/**
 * Returns a fault for every option that the model does not have.
 * @param known the options that it has
 * @param operation named in the message, where the options depend on it
 */
export function unknownOptions(
  options: object,
  known: readonly string[],
  model: string,
  operation?: string,
): readonly OptionFault[] {
  return Object.keys(options)
    .filter((name) => !known.includes(name))
    .map((name) => ({
      field: `options.${name}`,
      message: `${model} has no option ${name}${operation === undefined ? '' : ` in ${operation}`}`,
      hint: known.length === 0 ? 'It has none.' : `It has ${known.join(', ')}.`,
    }));
}
