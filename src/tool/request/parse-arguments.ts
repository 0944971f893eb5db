/** Parses the arguments of a tool. Agents write them: what is wrong is named, and never repeated. */
import type * as z from 'zod/mini';
import { isFieldObject } from '../../providers/protocol/input/check-fields.ts';
import { describeKind, quoteName } from '../../providers/protocol/input/hide-keys.ts';
import { describeIssue, type Issue } from '../../providers/protocol/input/issue.ts';
import { suggestKey } from '../../providers/protocol/input/unknown-key.ts';

export type ParsedArguments<Args> =
  | { readonly success: true; readonly args: Args }
  /** `error`: a sentence per fault. */
  | { readonly success: false; readonly error: string };

const MAX_FAULTS = 3;
const MAX_NAME_LENGTH = 40;

/** An argument that is `null` counts as absent: some hosts send every argument. */
export function parseArguments<Schema extends z.ZodMiniType>(
  schema: Schema,
  given: unknown,
  known: readonly string[],
): ParsedArguments<z.infer<Schema>> {
  const named = given ?? {};
  if (!isFieldObject(named))
    return { success: false, error: `The arguments must be an object, not ${describeKind(given)}.` };
  const present = Object.entries(named).filter(([, value]) => value !== null && value !== undefined);
  const parsed = schema.safeParse(Object.fromEntries(present));
  if (parsed.success) return { success: true, args: parsed.data };
  const faults = parsed.error.issues.slice(0, MAX_FAULTS).map((issue) => describeFault(issue as Issue, known));
  return { success: false, error: faults.join(' ') };
}

function describeFault(issue: Issue, known: readonly string[]): string {
  const [unknown] = issue.keys ?? [];
  if (unknown !== undefined) {
    const name = unknown.slice(0, MAX_NAME_LENGTH);
    if (issue.path.length > 0) return `The argument ${issue.path.join('.')} has an unknown field ${quoteName(name)}.`;
    return `Unknown argument ${quoteName(name)}. ${suggestKey(name, known) ?? `The arguments are ${known.join(', ')}.`}`;
  }
  return `The argument ${issue.path.join('.')} ${describeIssue(issue)}.`;
}
