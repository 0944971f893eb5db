/** Tools as functions of OpenAI, in strict mode. Source: OpenAI, "Structured Outputs", "Supported schemas", and npm openai 7.59.0. */
import type { ImageTool } from '../image-tools.ts';
import type { JsonSchema } from '../json-schema.ts';
import { alternativesOf, describeLimits, pick, propertiesOf, requiredOf } from './schema-node.ts';

/** A function of the Responses API. */
export interface OpenAiTool {
  /** Always a function. */
  readonly type: 'function';
  /** The name of the tool. */
  readonly name: string;
  /** For models. */
  readonly description: string;
  /** Every argument is required; an optional one may be `null`. */
  readonly parameters: Record<string, unknown>;
  /** The model's arguments fit the schema. */
  readonly strict: true;
}

/** A function of the Chat Completions API. */
export interface OpenAiChatTool {
  /** Always a function. */
  readonly type: 'function';
  /** The function. */
  readonly function: Omit<OpenAiTool, 'type'>;
}

/** What strict mode enforces for every model. Other limits go to the description, and the tool checks them. */
const KEPT = ['type', 'enum', 'minimum', 'maximum', 'minItems', 'maxItems'] as const;
const NULL: JsonSchema = { type: 'null' };

/**
 * Returns the tool as a function of the Responses API. Pass the arguments of a function call to `execute` as they are: it reads `null` as
 * an absent argument.
 * @example await openai.responses.create({ model, input, tools: tools.tools.map(toOpenAiTool) })
 */
export const toOpenAiTool = ({ name, description, parameters }: ImageTool): OpenAiTool => ({
  type: 'function',
  name,
  description,
  parameters: toStrict(parameters),
  strict: true,
});

/** Returns the tool as a function of the Chat Completions API. */
export function toOpenAiChatTool(tool: ImageTool): OpenAiChatTool {
  const { type, ...definition } = toOpenAiTool(tool);
  return { type, function: definition };
}

function toStrict(schema: JsonSchema): Record<string, unknown> {
  const alternatives = alternativesOf(schema);
  if (alternatives.length > 0) return { ...describeLimits(schema, KEPT), anyOf: alternatives.map(toStrict) };
  const { const: only, items } = schema;
  return {
    ...pick(schema, KEPT),
    ...describeLimits(schema, KEPT),
    ...(only !== undefined && { enum: [only] }),
    // The tools' own schemas: `items` is one schema.
    ...(items !== undefined && { items: toStrict(items as JsonSchema) }),
    ...(schema.type === 'object' && toStrictObject(schema)),
  };
}

function toStrictObject(schema: JsonSchema) {
  const required = requiredOf(schema);
  const properties = propertiesOf(schema).map(([name, each]) => {
    const strict = toStrict(each);
    return [name, required.includes(name) ? strict : orNull(strict)] as const;
  });
  return {
    properties: Object.fromEntries(properties),
    required: properties.map(([name]) => name),
    additionalProperties: false,
  };
}

function orNull(schema: Record<string, unknown>): Record<string, unknown> {
  const { type, enum: values, anyOf } = schema;
  // The values come from `toStrict`.
  if (anyOf !== undefined) return { ...schema, anyOf: [...(anyOf as readonly JsonSchema[]), NULL] };
  return {
    ...schema,
    ...(type !== undefined && { type: [type, 'null'].flat() }),
    ...(values !== undefined && { enum: [...(values as readonly unknown[]), null] }),
  };
}
