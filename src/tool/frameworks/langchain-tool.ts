/** Tools of LangChain. Its `tool` function is an argument, so that this package does not depend on `@langchain/core`. */
import type { ImageTool } from '../image-tools.ts';
import type { JsonSchema } from '../json-schema.ts';
import { type ImageMessagePart, toMessagePart } from '../messages/message-part.ts';
import type { GeneratedData, ToolResult } from '../tool-result.ts';

/** What LangChain tells a tool about a call. */
export interface LangChainConfig {
  /** The call of the model. */
  readonly toolCall?: { readonly id?: string | undefined } | undefined;
  /** Ends the waiting. */
  readonly signal?: AbortSignal | undefined;
  /** `thread_id` is the conversation. */
  readonly configurable?: Readonly<Record<string, unknown>> | undefined;
}

/** What the model reads, and what the host app keeps. */
export type LangChainAnswer = [content: string, artifact: ImageMessagePart[]];

/** LangChain's `tool`. */
export type LangChainToolFunction<Made> = (
  run: (args: unknown, config: LangChainConfig) => Promise<LangChainAnswer>,
  fields: {
    name: string;
    description: string;
    schema: JsonSchema;
    responseFormat: 'content_and_artifact';
  },
) => Made;

/** What `tool` returns for a JSON Schema. LangChain's types also allow a tool whose input is one text, which this type leaves out. */
export type LangChainTool<Made> = Exclude<Made, { readonly schema: { readonly _def: unknown } }>;

/**
 * Turns a tool into one of LangChain. The model reads the answer as JSON; the images are the `artifact` of the message. The id of the tool
 * call is the call id, so a call that an agent or a graph repeats is paid once. The signal of a run ends the waiting; a call that was sent
 * goes on.
 * @param tool the function `tool` of `@langchain/core/tools`
 * @example const agentTools = createImageTools({ manager, store }).tools.map((each) => langchainTool(tool, each));
 */
export function langchainTool<Made>(tool: LangChainToolFunction<Made>, imageTool: ImageTool): LangChainTool<Made> {
  const { name, description, parameters, execute } = imageTool;
  const made = tool(
    async (args, { toolCall, signal, configurable }) => {
      const thread = configurable?.thread_id;
      const result = await execute(args, {
        callId: toolCall?.id,
        signal,
        ...(typeof thread === 'string' && { conversation_id: thread }),
      });
      return [JSON.stringify(result), imagesOf(result, args)];
    },
    { name, description, schema: parameters, responseFormat: 'content_and_artifact' },
  );
  return made as LangChainTool<Made>; // a JSON Schema of an object makes no tool of one text
}

function imagesOf(result: ToolResult, args: unknown): ImageMessagePart[] {
  if (!result.success || !hasImages(result.data)) return [];
  const { images, provider, model } = result.data;
  // The tool has accepted the arguments. `get_image` has no prompt.
  const { prompt = '' } = args as { readonly prompt?: string };
  return images.map((image) => toMessagePart(image, { prompt, provider, model }));
}

/** Whether the answer says which images a model generated. Other tools answer with other data. */
const hasImages = (data: unknown): data is Pick<GeneratedData, 'images' | 'provider' | 'model'> =>
  Array.isArray((data as Partial<GeneratedData>).images) && typeof (data as Partial<GeneratedData>).model === 'string';
