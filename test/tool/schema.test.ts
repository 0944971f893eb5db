/** The tools in the forms that OpenAI, Anthropic and Gemini take. */
import type { FunctionDeclaration } from '@google/genai';
import fc from 'fast-check';
import type OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import {
  type ImageTool,
  type JsonSchema,
  toAnthropicTool,
  toGeminiTool,
  toOpenAiChatTool,
  toOpenAiTool,
} from '../../src/tool/index.ts';
import { parseArguments } from '../../src/tool/request/parse-arguments.ts';
import { toParameters } from '../../src/tool/tools/tool-schemas.ts';
import { TOOL_TABLE } from '../../src/tool/tools/tool-table.ts';
import { strictValues } from './strict-values.ts';

/** Every kind of argument that a tool may have. */
const argsSchema = z.strictObject({
  prompt: z.string().check(z.minLength(1), z.maxLength(32_000), z.describe('What the image shows.')),
  n: z.optional(z.int().check(z.minimum(1), z.maximum(4))),
  aspect_ratio: z.optional(z.string().check(z.regex(/^\d+:\d+$/))),
  quality: z._default(z.enum(['draft', 'standard', 'hd']), 'standard'),
  references: z.optional(z.array(z.string().check(z.minLength(1))).check(z.maxLength(16), z.describe('Images.'))),
  region: z.optional(z.strictObject({ x: z.number().check(z.minimum(0), z.maximum(1)), y: z.optional(z.number()) })),
  image: z.optional(z.union([z.literal('last'), z.int().check(z.minimum(0), z.maximum(9))])),
});

const tool: ImageTool = {
  name: 'generate_image',
  title: 'Generate an image',
  description: 'Generates images.',
  parameters: z.toJSONSchema(argsSchema, { target: 'draft-7', io: 'input' }) as JsonSchema,
  output: {},
  annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: true },
  execute: async () => ({ success: true, data: {} }),
};

/** Every schema inside a schema, and itself. */
function nodesOf(schema: unknown): readonly JsonSchema[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const { properties = {}, items, anyOf = [] } = schema as JsonSchema;
  const inner = [...Object.values(properties as object), items, ...(anyOf as readonly unknown[])];
  return [schema as JsonSchema, ...inner.flatMap(nodesOf)];
}

const keywordsOf = (schema: unknown) => new Set(nodesOf(schema).flatMap((node) => Object.keys(node)));

describe('a function of OpenAI', () => {
  // These are checks of the compiler: a wrong type fails `npm run typecheck`.
  const forResponses: OpenAI.Responses.FunctionTool = toOpenAiTool(tool);
  const forChat: OpenAI.Chat.Completions.ChatCompletionTool = toOpenAiChatTool(tool);

  it('has the fields of the Responses API, and of Chat Completions', () => {
    const { name, description } = tool;
    const definition = { name, description, parameters: expect.any(Object), strict: true };

    expect(forResponses).toEqual({ type: 'function', ...definition });
    expect(forChat).toEqual({ type: 'function', function: definition });
  });

  it('requires every argument and allows no other one, at every level', () => {
    const objects = nodesOf(forResponses.parameters).filter((node) => node.type === 'object' || node.properties);

    expect(objects).toHaveLength(2);
    for (const { properties, required, additionalProperties } of objects) {
      expect(required).toEqual(Object.keys(properties as object));
      expect(additionalProperties).toBe(false);
    }
  });

  it('has null for every argument that is optional', () => {
    expect(forResponses.parameters?.properties).toMatchObject({
      prompt: { type: 'string' },
      n: { type: ['integer', 'null'], minimum: 1, maximum: 4 },
      quality: { type: ['string', 'null'], enum: ['draft', 'standard', 'hd', null] },
      references: { type: ['array', 'null'], items: { type: 'string' }, maxItems: 16 },
      region: { type: ['object', 'null'], properties: { y: { type: ['number', 'null'] } } },
      image: { anyOf: [{ enum: ['last'] }, { type: 'integer' }, { type: 'null' }] },
    });
  });

  it('has only keywords that strict mode enforces; other limits are in the descriptions', () => {
    expect([...keywordsOf(forResponses.parameters)].sort()).toEqual([
      ...['additionalProperties', 'anyOf', 'description', 'enum', 'items', 'maxItems', 'maximum', 'minimum'],
      ...['properties', 'required', 'type'],
    ]);
    expect(forResponses.parameters?.properties).toMatchObject({
      prompt: { description: 'What the image shows. Not empty. At most 32000 characters.' },
      quality: { description: 'Default: "standard".' },
    });
  });

  it('takes nothing that the tool refuses', () => {
    const values = strictValues(forResponses.parameters as JsonSchema, { text: fc.constantFrom('1:1', '16:9') });

    fc.assert(
      fc.property(values, (given) => {
        expect(argsSchema.safeParse(withoutNulls(given)).error).toBeUndefined();
      }),
    );
  });

  it('is checked: a schema that allows more is found', () => {
    const wider = toOpenAiTool({ ...tool, parameters: { ...tool.parameters, properties: { n: { type: 'integer' } } } });
    const values = strictValues(wider.parameters, { text: fc.constant('1:1') });

    expect(fc.check(fc.property(values, (given) => argsSchema.safeParse(withoutNulls(given)).success)).failed).toBe(
      true,
    );
  });
});

describe('a tool of Anthropic', () => {
  it('has the schema as it is, without the name of the draft', () => {
    const { name, description, parameters } = tool;
    const { $schema, ...schema } = parameters;

    expect($schema).toContain('draft-07');
    expect(toAnthropicTool(tool)).toEqual({ name, description, input_schema: schema });
  });
});

describe('a function declaration of Gemini', () => {
  // A check of the compiler.
  const declaration: FunctionDeclaration = toGeminiTool(tool);

  it('keeps names, types, limits and required arguments', () => {
    expect(declaration).toMatchObject({
      name: 'generate_image',
      description: 'Generates images.',
      parametersJsonSchema: {
        type: 'object',
        required: ['prompt'],
        properties: {
          prompt: { type: 'string', description: 'What the image shows. Not empty. At most 32000 characters.' },
          n: { type: 'integer', minimum: 1, maximum: 4 },
          quality: { type: 'string', enum: ['draft', 'standard', 'hd'] },
          region: { type: 'object', required: ['x'] },
          image: { anyOf: [{ enum: ['last'] }, { type: 'integer' }] },
        },
      },
    });
  });

  it('has no keyword that Gemini refuses', () => {
    const keywords = keywordsOf(declaration.parametersJsonSchema);

    for (const refused of ['$schema', 'additionalProperties', 'const', 'pattern', 'default', 'minLength']) {
      expect(keywords).not.toContain(refused);
    }
    expect(keywordsOf(tool.parameters)).toContain('pattern');
  });
});

describe('each tool of the package', () => {
  it.for(TOOL_TABLE.map((definition) => [definition.name, definition] as const))(
    '%s takes everything that its function of OpenAI allows',
    ([, definition]) => {
      const { name, description, title, annotations } = definition;
      const parameters = toParameters(definition);
      const shown: ImageTool = { ...tool, name, description, title, annotations, parameters };
      const text = fc.string({ minLength: 1, maxLength: 9 });

      fc.assert(
        fc.property(strictValues(toOpenAiTool(shown).parameters, { text }), (given) => {
          expect(parseArguments(definition.args, given, [])).toHaveProperty('args');
        }),
      );
      expect(parseArguments(definition.args, { planted: 1 }, [])).toHaveProperty('error');
    },
  );
});

/** As the tools do: `null` is an absent argument. */
function withoutNulls(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, each]) => (each === null ? [] : [[name, withoutNulls(each)]])),
  );
}
