/** The agent tools for `generateText` and `streamText` of the AI SDK. */
import type { JSONValue } from '@ai-sdk/provider';
import { toBase64 } from '../../manager/outputs.ts';
import type { ImageTools, JsonSchema, ToolName, ToolPreview, ToolResult } from '../../tool/index.ts';
import { imagesToShow } from '../../tool/results/answer-images.ts';

/** A JSON Schema as a Standard Schema (standardschema.dev), which the AI SDK takes without a package of its own. */
export interface ToolInputSchema {
  /** The fields that the AI SDK reads. */
  readonly '~standard': {
    /** The version of Standard Schema. */
    readonly version: 1;
    /** The package that made the schema. */
    readonly vendor: string;
    /**
     * Accepts every value: the tool checks its arguments, and answers with a failure that the model can read. The type `never` fits the tools of every
     * version of the AI SDK.
     */
    readonly validate: (value: unknown) => { readonly value: never };
    /** The same schema as JSON Schema. */
    readonly jsonSchema: {
      /** What the tool takes. */
      readonly input: () => Record<string, unknown>;
      /** Returns the same schema. */
      readonly output: () => Record<string, unknown>;
    };
  };
}

/** An image in an answer. */
type FilePart = { type: 'file'; mediaType: string; data: { type: 'data'; data: string } };
/** The same for AI SDK 6. */
type ImageDataPart = { type: 'image-data'; mediaType: string; data: string };

/** What a model sees of a tool's answer. */
export type ToolModelOutput<Part = FilePart> =
  | {
      /** Whether the tool succeeded. */
      type: 'json' | 'error-json';
      /** The answer. */
      value: JSONValue;
    }
  | {
      /** The answer has images. */
      type: 'content';
      /** The answer as text, and its images. */
      value: ({ type: 'text'; text: string } | Part)[];
    };

/** A tool of the AI SDK. */
export interface AiSdkTool<Part = FilePart> {
  /** For people. */
  readonly title: string;
  /** For models. */
  readonly description: string;
  /** The arguments. */
  readonly inputSchema: ToolInputSchema;
  /** Runs the tool. Never throws. **May cost money.** */
  readonly execute: (
    input: unknown,
    options: { readonly toolCallId: string; readonly abortSignal?: AbortSignal | undefined },
  ) => Promise<ToolResult>;
  /** Adds small versions of the images to the answer, for the model to look at. */
  readonly toModelOutput: (options: { readonly output: ToolResult }) => Promise<ToolModelOutput<Part>>;
}

/** The settings of `imageToolSet`. */
export interface ImageToolSetSettings {
  /** The tools that the model gets. @default all */
  readonly tools?: readonly ToolName[];
  /** Shows the model a small version of each image of an answer, which costs input tokens. `image-data`: for AI SDK 6. @default true */
  readonly previews?: boolean | 'image-data';
  /** Stored with the images. Short ids of tool calls count within the conversation. @default none */
  readonly conversationId?: string;
}

/** The models of most vendors take few images in one answer. */
const MAX_PREVIEWS = 4;

/**
 * Returns the tools for `generateText` and `streamText`, by name. The id of the tool call is the call id: a repeated call is paid once.
 * @example generateText({ model, prompt, tools: imageToolSet(createImageTools({ manager, store })), stopWhen: isStepCount(5) })
 */
export function imageToolSet(
  tools: Pick<ImageTools, 'tools' | 'preview'>,
  settings: ImageToolSetSettings & { readonly previews: 'image-data' },
): Record<string, AiSdkTool<ImageDataPart>>;
export function imageToolSet(
  tools: Pick<ImageTools, 'tools' | 'preview'>,
  settings?: ImageToolSetSettings,
): Record<string, AiSdkTool>;
export function imageToolSet(
  { tools, preview }: Pick<ImageTools, 'tools' | 'preview'>,
  { tools: names, previews = true, conversationId }: ImageToolSetSettings = {},
): Record<string, AiSdkTool<FilePart | ImageDataPart>> {
  const chosen = tools.filter(({ name }) => names === undefined || names.includes(name));
  const show = previews === false ? async () => undefined : preview;
  const toPart = (found: ToolPreview): FilePart | ImageDataPart =>
    previews === 'image-data' ? toImageDataPart(found) : toFilePart(found);
  return Object.fromEntries(
    chosen.map(({ name, title, description, parameters, execute }) => [
      name,
      {
        title,
        description,
        inputSchema: toInputSchema(parameters),
        execute: (input, { toolCallId, abortSignal }) =>
          execute(input, { callId: toolCallId, signal: abortSignal, conversation_id: conversationId }),
        toModelOutput: ({ output }) => toModelOutput(output, show, toPart),
      } satisfies AiSdkTool<FilePart | ImageDataPart>,
    ]),
  );
}

function toInputSchema(parameters: JsonSchema): ToolInputSchema {
  const schema = () => ({ ...parameters });
  return {
    '~standard': {
      version: 1,
      vendor: '@org/ai-image',
      validate: (value) => ({ value: value as never }),
      jsonSchema: { input: schema, output: schema },
    },
  };
}

async function toModelOutput<Part>(
  output: ToolResult,
  preview: ImageTools['preview'],
  toPart: (preview: ToolPreview) => Part,
): Promise<ToolModelOutput<Part>> {
  const value = output as unknown as JSONValue; // an answer of a tool is plain JSON
  if (!output.success) return { type: 'error-json', value };
  const images = imagesToShow(output).slice(0, MAX_PREVIEWS);
  const previews = await Promise.all(images.map(({ id }) => findPreview(id, preview)));
  const shown = previews.filter((each) => each !== undefined);
  if (shown.length === 0) return { type: 'json', value };
  return { type: 'content', value: [{ type: 'text', text: JSON.stringify(value) }, ...shown.map(toPart)] };
}

async function findPreview(id: string, preview: ImageTools['preview']): Promise<ToolPreview | undefined> {
  try {
    return await preview(id);
  } catch {
    return undefined; // the answer has the path of the image; without a preview it is still complete
  }
}

const toFilePart = ({ mediaType, bytes }: ToolPreview): FilePart => ({
  type: 'file',
  mediaType,
  data: { type: 'data', data: toBase64({ imageBytes: new Uint8Array(bytes) }) },
});

const toImageDataPart = ({ mediaType, bytes }: ToolPreview): ImageDataPart => ({
  type: 'image-data',
  mediaType,
  data: toBase64({ imageBytes: new Uint8Array(bytes) }),
});
