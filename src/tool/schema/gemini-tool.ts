/** Tools as function declarations of Gemini. Source: npm @google/genai 3.1.0, `FunctionDeclaration` and `Schema`. */
import type { ImageTool } from '../image-tools.ts';
import type { JsonSchema } from '../json-schema.ts';
import { alternativesOf, describeLimits, pick, propertiesOf, requiredOf } from './schema-node.ts';

/** A function declaration, in the JSON Schema form. */
export interface GeminiTool {
  /** The name of the tool. */
  readonly name: string;
  /** For models. */
  readonly description: string;
  /** Only keywords that every Gemini model and Vertex AI accept. */
  readonly parametersJsonSchema: Record<string, unknown>;
}

/** No `additionalProperties`, `const`, `pattern`, lengths or defaults: some versions of the API refuse them. */
const KEPT = ['type', 'enum', 'minimum', 'maximum', 'minItems', 'maxItems'] as const;

/**
 * Returns the tool as a function declaration.
 * @example config: { tools: [{ functionDeclarations: tools.tools.map(toGeminiTool) }] }
 */
export const toGeminiTool = ({ name, description, parameters }: ImageTool): GeminiTool => ({
  name,
  description,
  parametersJsonSchema: toSubset(parameters),
});

function toSubset(schema: JsonSchema): Record<string, unknown> {
  const alternatives = alternativesOf(schema);
  if (alternatives.length > 0) return { ...describeLimits(schema, KEPT), anyOf: alternatives.map(toSubset) };
  const { const: only, items } = schema;
  const properties = propertiesOf(schema);
  const required = requiredOf(schema);
  return {
    ...pick(schema, KEPT),
    ...describeLimits(schema, KEPT),
    ...(only !== undefined && { enum: [only] }),
    // The tools' own schemas: `items` is one schema.
    ...(items !== undefined && { items: toSubset(items as JsonSchema) }),
    ...(properties.length > 0 && {
      properties: Object.fromEntries(properties.map(([name, each]) => [name, toSubset(each)])),
    }),
    ...(required.length > 0 && { required }),
  };
}
