/** Values that a schema of strict mode accepts. */
import fc from 'fast-check';
import type { JsonSchema } from '../../src/tool/index.ts';

/** @param options.text the texts for arguments whose form only a description says */
export function strictValues(
  schema: JsonSchema,
  options: { readonly text: fc.Arbitrary<string> },
): fc.Arbitrary<unknown> {
  const { type, enum: values, anyOf, items, properties, minimum = 0, maximum = 1e6, maxItems = 5 } = schema;
  if (anyOf !== undefined) return fc.oneof(...(anyOf as JsonSchema[]).map((each) => strictValues(each, options)));
  if (values !== undefined) return fc.constantFrom(...(values as readonly unknown[]));
  const bounds = { min: Number(minimum), max: Number(maximum) };
  const valuesOf = (kind: unknown): fc.Arbitrary<unknown> => {
    switch (kind) {
      case 'null':
        return fc.constant(null);
      case 'string':
        return options.text;
      case 'integer':
        return fc.integer(bounds);
      case 'number':
        return fc.double({ ...bounds, noNaN: true });
      case 'boolean':
        return fc.boolean();
      case 'array':
        return fc.array(strictValues(items as JsonSchema, options), { minLength: 1, maxLength: Number(maxItems) });
      case 'object':
        return fc.record(
          Object.fromEntries(
            Object.entries(properties as Record<string, JsonSchema>).map(([name, each]) => [
              name,
              strictValues(each, options),
            ]),
          ),
        );
      default:
        throw new Error(`no values for type ${String(kind)}`);
    }
  };
  return fc.oneof(...[type].flat().map(valuesOf));
}
