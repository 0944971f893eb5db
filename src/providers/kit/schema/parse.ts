/** Schemas applied, with errors a person can act on. */
import type * as z from 'zod/mini';
import { AiImageError, type AiImageErrorCode } from '../../protocol/errors.ts';
import { type Issue, sentence } from '../../protocol/issue.ts';
import { suggest } from '../suggest.ts';
import { schemaDefinitionOf } from './schema-definition.ts';
import { readTolerantly } from './tolerant.ts';

/** Parses what a caller gave. @throws AiImageError with the field's name in it; values are not shown, they may be private */
export function parseInput<T extends z.ZodMiniType>(
  schema: T,
  value: unknown,
  { code, subject, provider }: { readonly code: AiImageErrorCode; readonly subject: string; readonly provider: string },
): z.output<T> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues as readonly Issue[];
  // A misspelt field is often a missing one too; its name is what helps.
  const issue = issues.find(({ keys }) => keys?.[0] !== undefined) ?? issues[0]!;
  const path = issue.path.map(String).join('.');
  const where = `${subject}${path === '' ? '' : `.${path}`}`;
  const unknown = issue.keys?.[0];
  if (unknown !== undefined) {
    const known = knownKeys(schemaAt(schema, issue.path));
    throw new AiImageError(code, `${provider}: ${where} has no field ${JSON.stringify(unknown.slice(0, 60))}`, {
      provider,
      hint: suggest(unknown, known) ?? (known.length > 0 ? `Fields are ${known.join(', ')}.` : 'It takes no fields.'),
    });
  }
  throw new AiImageError(code, `${provider}: ${where} ${sentence(issue)}`, {
    provider,
    hint:
      path === ''
        ? `Pass an object with the fields ${knownKeys(schema).join(', ')}.`
        : `Correct ${path} in the ${subject}.`,
  });
}

/**
 * Reads what a vendor sent, tolerantly.
 * @param onIgnored told which fields were left out
 * @throws AiImageError `bad_response`: something essential is missing
 */
export function parseReply<T extends z.ZodMiniType>(
  schema: T,
  value: unknown,
  provider: string,
  onIgnored: (paths: readonly string[]) => void = () => undefined,
): z.output<T> {
  const read = readTolerantly(schema, value);
  if (!read.ok) throw unreadableReply(read.issue, provider);
  onIgnored(read.ignored);
  return read.data;
}

export function unreadableReply(issue: Issue, provider: string): AiImageError {
  const path = issue.path.map(shownKey).join('.') || 'the reply';
  const message = `${provider}: the reply is not what the vendor documents: ${path} ${sentence(issue)}`;
  return new AiImageError('bad_response', message, {
    provider,
    hint: 'The vendor may have changed its API; look for a newer version of this package.',
  });
}

/** A key of an answer may be the vendor's own text, so only what looks like the name of a field is shown. */
export function shownKey(key: PropertyKey): string {
  const text = String(key);
  return /^[\w$-]{1,40}$/.test(text) ? text : '…';
}

/** The schema of a nested value, as far as objects and wrappers lead to it. */
function schemaAt(schema: z.ZodMiniType, path: readonly PropertyKey[]): z.ZodMiniType | undefined {
  let found: z.ZodMiniType | undefined = unwrap(schema);
  for (const key of path) {
    const { shape, element } = found === undefined ? {} : schemaDefinitionOf(found);
    found = unwrap(typeof key === 'number' ? element : shape?.[String(key)]);
  }
  return found;
}

/** Without `optional`, `nullable` and the like around it. */
function unwrap(schema: z.ZodMiniType | undefined): z.ZodMiniType | undefined {
  let inner = schema;
  while (inner !== undefined) {
    const { innerType } = schemaDefinitionOf(inner);
    if (innerType === undefined) break;
    inner = innerType;
  }
  return inner;
}

/** The field names of an object schema. */
export function knownKeys(schema: z.ZodMiniType | undefined): string[] {
  return schema === undefined ? [] : Object.keys(schemaDefinitionOf(schema).shape ?? {});
}
