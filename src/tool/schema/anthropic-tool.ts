/** Tools as tools of Anthropic's Messages API. Source: Anthropic, "Tool use", "Define tools". */
import type { ImageTool } from '../image-tools.ts';

/** A tool of the Messages API. */
export interface AnthropicTool {
  /** The name of the tool. */
  readonly name: string;
  /** For models. */
  readonly description: string;
  /** The arguments, as a JSON Schema. */
  readonly input_schema: { readonly type: 'object'; readonly [keyword: string]: unknown };
}

/**
 * Returns the tool as a tool of the Messages API.
 * @example await anthropic.messages.create({ model, messages, max_tokens, tools: tools.tools.map(toAnthropicTool) })
 */
export function toAnthropicTool({ name, description, parameters }: ImageTool): AnthropicTool {
  // The API takes draft 2020-12; the tools use nothing in which draft 7 differs.
  const { $schema: _, ...schema } = parameters;
  return { name, description, input_schema: { ...schema, type: 'object' } };
}
