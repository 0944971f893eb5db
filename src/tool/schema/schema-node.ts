/** What the converters of schemas share. */
import type { JsonSchema } from '../json-schema.ts';

/** Returns the schemas of the properties, by name. */
export const propertiesOf = ({ properties }: JsonSchema): readonly (readonly [name: string, schema: JsonSchema])[] =>
  // The tools' own schemas: every property has an object.
  Object.entries((properties ?? {}) as Readonly<Record<string, JsonSchema>>);

export const requiredOf = ({ required }: JsonSchema): readonly string[] => (required ?? []) as readonly string[];

/** Returns the alternatives of a schema; none if it is not a union. */
export const alternativesOf = ({ anyOf, oneOf }: JsonSchema): readonly JsonSchema[] =>
  (anyOf ?? oneOf ?? []) as readonly JsonSchema[];

/** Returns the fields of `schema` that are in the list. */
export const pick = (schema: JsonSchema, keywords: readonly string[]): JsonSchema =>
  Object.fromEntries(Object.entries(schema).filter(([keyword]) => keywords.includes(keyword)));

const LIMITS: Readonly<Record<string, (value: unknown) => string>> = {
  minLength: (value) => (value === 1 ? 'Not empty.' : `At least ${value} characters.`),
  maxLength: (value) => `At most ${value} characters.`,
  pattern: (value) => `Matches ${value}.`,
  minimum: (value) => `At least ${value}.`,
  maximum: (value) => `At most ${value}.`,
  exclusiveMinimum: (value) => `Above ${value}.`,
  exclusiveMaximum: (value) => `Below ${value}.`,
  minItems: (value) => `At least ${value} items.`,
  maxItems: (value) => `At most ${value} items.`,
  default: (value) => `Default: ${JSON.stringify(value)}.`,
};

/** Returns the description with the limits that the converted schema cannot express. @param kept keywords that it can */
export function describeLimits(schema: JsonSchema, kept: readonly string[]): { readonly description?: string } {
  const limits = Object.entries(LIMITS).flatMap(([keyword, say]) =>
    schema[keyword] === undefined || kept.includes(keyword) ? [] : [say(schema[keyword])],
  );
  const { description } = schema;
  const sentences = [...(typeof description === 'string' ? [description] : []), ...limits];
  return sentences.length === 0 ? {} : { description: sentences.join(' ') };
}
