/** The JSON Schemas of a tool: of its arguments, and of its answer. */
import * as z from 'zod/mini';
import type { JsonSchema } from '../json-schema.ts';
import { failureSchema } from '../results/result-schemas.ts';
import type { ToolDefinition } from './tool-definition.ts';

const toDraft7 = (schema: z.ZodMiniType, io: 'input' | 'output'): JsonSchema => {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { target: 'draft-7', io });
  return rest;
};

export const toParameters = ({ args }: Pick<ToolDefinition, 'args'>): JsonSchema => toDraft7(args, 'input');

/** An object at the top, as hosts demand it. */
export const toOutput = ({ data }: Pick<ToolDefinition, 'data'>): JsonSchema =>
  toDraft7(
    z.object({
      success: z.boolean(),
      error: z.optional(z.string().check(z.describe('What went wrong and what to do.'))),
      data: z.union([data, failureSchema]),
    }),
    // With `input`, objects may have further fields, which a later version may add.
    'input',
  );
