/** Applies schemas to requests, options, settings and replies, and describes what is wrong with them. */
import type * as z from 'zod/mini';
import { AiImageError, type AiImageErrorCode } from '../../protocol/errors.ts';
import { hideRandomWords, quoteName } from '../../protocol/input/hide-keys.ts';
import { describeIssue, type Issue } from '../../protocol/input/issue.ts';
import { misplacedKeyHint } from '../../protocol/input/misplaced-key.ts';
import { suggest } from '../../protocol/input/suggest.ts';
import { unknownKeyHint } from '../../protocol/input/unknown-key.ts';
import { readTolerantly } from './read-tolerantly.ts';
import { schemaDefinitionOf } from './schema-definition.ts';

/** Longer names of unknown fields are cut. */
const MAX_NAME_LENGTH = 60;

/** What is parsed. The fields of a request are named without the subject, as the caller passed them. */
export type InputSubject = 'request' | 'options' | 'settings';

export interface ParseInputOptions {
  readonly code: AiImageErrorCode;
  readonly subject: InputSubject;
  readonly provider: string;
}

/** Parses input of the caller. @throws AiImageError that names the field, unless the whole is no object; its value is shown only if it cannot be private */
export function parseInput<T extends z.ZodMiniType>(
  schema: T,
  value: unknown,
  options: ParseInputOptions,
): z.output<T> {
  const { code, subject, provider } = options;
  if (subject === 'request') refuseBytes(value, options);
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues as readonly Issue[];
  // A misspelled field often causes a "missing field" issue too; the unknown name is the more helpful one.
  const issue = issues.find(({ keys }) => keys?.[0] !== undefined) ?? issues[0]!;
  const field = fieldName(issue.path, subject);
  const unknownKey = issue.keys?.[0];
  if (unknownKey !== undefined) {
    const known = knownKeys(schemaAt(schema, issue.path));
    // The top-level keys of `options` and `settings` are called options and settings, all others fields.
    const plural = issue.path.length > 0 || subject === 'request' ? 'fields' : subject;
    const place = issue.path.length === 0 ? '' : ` in ${field}`;
    throw new AiImageError(code, `${provider}: unknown ${plural.slice(0, -1)} ${quoteName(unknownKey)}${place}`, {
      provider,
      field: requestField([...issue.path, unknownKey], subject),
      hint:
        (issue.path.length === 0 ? misplacedKeyHint(unknownKey, known) : undefined) ??
        (known.length > 0 ? unknownKeyHint(unknownKey, known, plural) : `It takes no ${plural}.`),
    });
  }
  const must = describeIssue(issue);
  if (issue.path.length === 0) {
    const hint = `Pass an object with the fields ${knownKeys(schema).join(', ')}.`;
    throw new AiImageError(code, `${provider}: the ${subject} ${must}`, {
      provider,
      field: requestField([], subject),
      hint,
    });
  }
  const given = publicValue(value, issue.path);
  const message =
    given === undefined ? `${field} ${must}` : `invalid ${field} ${given} (${must.replace(/^must be /, 'expected ')})`;
  throw new AiImageError(code, `${provider}: ${message}`, {
    provider,
    field: requestField(issue.path, subject),
    hint: suggestValue(issue, value) ?? hintFor(field, subject),
  });
}

/** Fields that zod freezes, also if their value is wrong. It throws a `TypeError` if that is bytes. */
const FROZEN = ['inputImages', 'options', 'metadata'] as const;

function refuseBytes(request: unknown, { code, provider }: ParseInputOptions): void {
  if (typeof request !== 'object' || request === null) return;
  const given = request as Readonly<Record<string, unknown>>;
  const field = FROZEN.find((name) => ArrayBuffer.isView(given[name]));
  if (field === undefined) return;
  const hint = `Pass ${field === 'inputImages' ? 'a list: inputImages: [bytes]' : 'a plain object'}.`;
  throw new AiImageError(code, `${provider}: ${field} must not be bytes`, { provider, field, hint });
}

/** As the caller would write it: `size`, `inputImages.0`, `options.seed`, `setting region`. */
function fieldName(path: readonly PropertyKey[], subject: InputSubject): string {
  const name = path.map(String).join('.');
  if (name === '') return subject;
  if (subject === 'settings') return `setting ${name}`;
  return subject === 'request' ? name : `${subject}.${name}`;
}

/** The field for programs. A setting is no field of a request, and a whole request is no single one. */
function requestField(path: readonly PropertyKey[], subject: InputSubject): string | undefined {
  if (subject === 'settings' || (subject === 'request' && path.length === 0)) return undefined;
  // Names that the schema does not know are the caller's own words, and may be keys.
  return fieldName(
    path.map((key) => hideRandomWords(String(key)).slice(0, MAX_NAME_LENGTH)),
    subject,
  );
}

/** Words of other libraries for values of the protocol. */
const OTHER_WORDS: Readonly<Record<string, string>> = { high: 'hd', medium: 'standard', low: 'draft' };

/** @returns `Did you mean jpeg?` if the value is similar to one of a closed list */
function suggestValue({ values, path }: Issue, value: unknown): string | undefined {
  const given = path.reduce<unknown>((each, key) => (each as Readonly<Record<PropertyKey, unknown>>)[key], value);
  if (typeof given !== 'string') return undefined;
  const known = (values ?? []).map(String);
  const other = OTHER_WORDS[given];
  return other !== undefined && known.includes(other) ? `Did you mean ${other}?` : suggest(given, known);
}

/** Example values for fields whose format is not obvious. */
const EXAMPLES: Readonly<Record<string, string>> = {
  size: "size: '1024x1024'",
  aspectRatio: "aspectRatio: '16:9'",
};

function hintFor(field: string, subject: InputSubject): string {
  const example = subject === 'request' ? EXAMPLES[field] : undefined;
  return example === undefined ? `Change ${field} as the message says.` : `Pass ${example}.`;
}

/** A size, a ratio, a number or one short word. Anything else could be a private text in the wrong field. */
const HARMLESS = /^(?:[\dx:.*, -]{1,20}|[a-z]{1,12})$/;

/** Fields of a request whose values help to find a mistake and are not private. */
const PUBLIC_FIELDS = ['size', 'aspectRatio', 'n', 'quality', 'seed', 'format', 'background', 'operation', 'safety'];

function publicValue(value: unknown, [field, ...rest]: readonly PropertyKey[]): string | undefined {
  if (rest.length > 0 || !PUBLIC_FIELDS.includes(String(field))) return undefined;
  const given = (value as Readonly<Record<PropertyKey, unknown>>)[field!];
  if (typeof given === 'number') return String(given);
  return typeof given === 'string' && HARMLESS.test(given) ? `"${given}"` : undefined;
}

/**
 * Parses a reply of the vendor, tolerantly.
 * @param onIgnored receives the paths of fields that could not be read and were left out
 * @throws AiImageError `bad_response`: a required field is missing
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
  const path = issue.path.map(printableKey).join('.') || 'the reply';
  const message = `${provider}: the reply is not what the vendor documents: ${path} ${describeIssue(issue)}`;
  return new AiImageError('bad_response', message, {
    provider,
    hint: 'The vendor may have changed its API; look for a newer version of this package.',
  });
}

/** Shows only keys that look like field names: other keys of a reply may be private text. */
export function printableKey(key: PropertyKey): string {
  const text = String(key);
  return /^[\w$-]{1,40}$/.test(text) ? text : '…';
}

/** Returns the schema of a nested value, as far as objects, arrays and wrappers lead to it. */
function schemaAt(schema: z.ZodMiniType, path: readonly PropertyKey[]): z.ZodMiniType | undefined {
  let found: z.ZodMiniType | undefined = unwrap(schema);
  for (const key of path) {
    const { shape, element } = found === undefined ? {} : schemaDefinitionOf(found);
    found = unwrap(typeof key === 'number' ? element : shape?.[String(key)]);
  }
  return found;
}

/** Removes `optional`, `nullable` and similar wrappers. */
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
