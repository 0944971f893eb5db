/** What hosts of models by many makers share (fal, Replicate): each model names its own input fields and publishes an OpenAPI schema. */
import * as z from 'zod/mini';
import type { OptionFault } from './option-rules.ts';

/** Returns the row of a model; `undefined` for a model without one: the caller names its inputs, under `options.input`. */
export const findInputs = <Inputs>(table: Readonly<Record<string, Inputs>>, model: string): Inputs | undefined =>
  Object.hasOwn(table, model) ? table[model] : undefined;

interface InputCheck {
  /** The options that the model takes. */
  readonly known: readonly string[];
  /** The model has a row of input names. */
  readonly isListed: boolean;
  /** Fields of the request whose names an unlisted model does not tell. */
  readonly fields: readonly string[];
}

/** Refuses options that the model does not have and, for an unlisted model, every field whose input name is unknown. */
export function checkInputs(
  { model, n, options, ...args }: { readonly model: string; readonly n: number; readonly options: object },
  { known, isListed, fields }: InputCheck,
): readonly (OptionFault & { readonly code?: 'unsupported' })[] {
  const unknown = Object.keys(options).filter((name) => !known.includes(name));
  const unnamed = isListed ? [] : fields.filter((name) => name in args);
  return [
    ...unknown.map((name) => ({
      field: `options.${name}`,
      message: `${model} has no option ${name}`,
      hint: isListed ? `It has ${known.join(', ')}.` : 'Pass it inside options.input.',
    })),
    ...unnamed.map((name) => ({
      code: 'unsupported' as const,
      field: name === 'inputs' ? 'inputImages' : name,
      message: `${model} has no model card, so its name for ${name === 'inputs' ? 'input images' : name} is unknown`,
      hint: 'Pass it in options.input under the model’s own name.',
    })),
    ...(!isListed && n > 1
      ? [
          {
            code: 'unsupported' as const,
            field: 'n',
            message: `${model} has no model card, so its name for the number of images is unknown`,
            hint: 'Request one image at a time.',
          },
        ]
      : []),
  ];
}

/** The part of a model's OpenAPI document that describes its input. */
export const openApiSchema = z.nullish(
  z.object({ components: z.nullish(z.object({ schemas: z.nullish(z.record(z.string(), z.unknown())) })) }),
);

/** Returns the property names of a JSON Schema object; `undefined` when it lists none. */
export function propertyNames(schema: unknown): readonly string[] | undefined {
  const { properties } = (typeof schema === 'object' && schema !== null ? schema : {}) as { properties?: unknown };
  return typeof properties === 'object' && properties !== null ? Object.keys(properties) : undefined;
}

/** Returns the first field of an input that the model does not have; `undefined` when it has all, or when they are unknown. */
export function unknownInput(input: object, fields: readonly string[] | undefined): string | undefined {
  return Object.entries(input).find(([name, value]) => value !== undefined && fields?.includes(name) === false)?.[0];
}
