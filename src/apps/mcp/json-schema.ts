/** Passes JSON Schemas to the SDK, which takes schemas of the Standard Schema interface. */
import type { StandardSchemaWithJSON } from '@modelcontextprotocol/server';
import type { JsonSchema } from '../../tool/index.ts';

/**
 * Describes values without checking them: the tools check their arguments themselves, with answers that name the argument and say what to do.
 */
export const describeOnly = (schema: JsonSchema): StandardSchemaWithJSON => ({
  '~standard': {
    ...{ version: 1, vendor: 'imagen' },
    jsonSchema: { input: () => ({ ...schema }), output: () => ({ ...schema }) },
    validate: (value) => ({ value }),
  },
});
