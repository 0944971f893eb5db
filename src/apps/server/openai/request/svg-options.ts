/** Reads the nested field `svg`: an object in JSON, `svg[model]` and `svg[reasoning][effort]` in forms. */
import * as z from 'zod/mini';
import { invalidField } from '../../http/invalid-field.ts';
import type { ReadValue } from './read-value.ts';

const svgSchema = z.strictObject({
  model: z.optional(z.string().check(z.minLength(1), z.maxLength(256))),
  reasoning: z.optional(z.strictObject({ effort: z.optional(z.string().check(z.maxLength(32))) })),
});

export const readSvgOptions: ReadValue<z.infer<typeof svgSchema>> = (value, field) => {
  const read = svgSchema.safeParse(value);
  if (read.success) return read.data;
  throw invalidField(field, 'must be an object with the texts model and reasoning.effort.');
};
