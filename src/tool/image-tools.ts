/** The tools as their hosts see them. */
import type { ToolPreview } from './files/preview.ts';
import type { JsonSchema } from './json-schema.ts';
import type { ToolManifest } from './manifest/tool-manifest.ts';
import type { ToolResult } from './tool-result.ts';

/** In the order in which they are listed. */
export const TOOL_NAMES = [
  'generate_image',
  'edit_image',
  'get_image',
  'search_images',
  'estimate_image',
  'select_image',
  'list_models',
] as const;
export type ToolName = (typeof TOOL_NAMES)[number];

/** How far a call is. */
export interface ToolProgress {
  /** From 0 to 1, where the vendor tells it. */
  readonly progress?: number;
  /** What is happening, at most 200 characters, e.g. `openai/gpt-image-2: generating, 20 s`. */
  readonly message: string;
}

/** What a framework knows about a call beside its arguments. */
export interface ToolCallContext {
  /**
   * The framework's id of this tool call. The same id with the same arguments is the same call: it is paid once, and answered with the same
   * images, also by another process. An id of fewer than 16 characters, such as `call_0`, counts only within its `conversation_id`, or
   * without one within this set of tools. @default a new call each time
   */
  readonly callId?: string | undefined;
  /** Ends the waiting. A call that was sent to a vendor goes on, and `get_image` returns its images; one that was not is cancelled. */
  readonly signal?: AbortSignal | undefined;
  /** Called when the call makes progress, and every ten seconds while it waits. */
  readonly onProgress?: ((progress: ToolProgress) => void) | undefined;
  /** Stored as `metadata.conversation_id`. Call ids count within the conversation. @default none */
  readonly conversation_id?: string | undefined;
  /** Stored as `metadata.persona`. @default none */
  readonly persona?: string | undefined;
  /** Stored as `metadata.user`. @default none */
  readonly user?: string | undefined;
  /** Stored as `metadata.trace_id`. @default 16 hex digits of the SHA-256 of the prompt */
  readonly trace_id?: string | undefined;
}

/** What a tool does to the world, in the words of the Model Context Protocol. */
export interface ToolAnnotations {
  /** It changes nothing. */
  readonly readOnlyHint: boolean;
  /** It may delete or replace what is there. */
  readonly destructiveHint: boolean;
  /** The same call again changes nothing more. */
  readonly idempotentHint: boolean;
  /** It reaches services of others. */
  readonly openWorldHint: boolean;
}

/** One tool. Its texts never change while it runs, and hold nothing of a vendor. */
export interface ImageTool {
  /** The name by which agents call it. */
  readonly name: ToolName;
  /** For people. */
  readonly title: string;
  /** For models. */
  readonly description: string;
  /** The arguments. An unknown argument is refused. */
  readonly parameters: JsonSchema;
  /** The answer: a `ToolResult`. */
  readonly output: JsonSchema;
  /** What it does to the world. */
  readonly annotations: ToolAnnotations;
  /** Runs the tool. Never throws: a wrong argument and a failed call are answers too. @param args checked against `parameters` */
  readonly execute: (args: unknown, context?: ToolCallContext) => Promise<ToolResult>;
}

/** A set of tools for agents. Its limits count for all of its calls. */
export interface ImageTools {
  /** The tools, in the order of `TOOL_NAMES`. */
  readonly tools: readonly ImageTool[];
  /** Runs a tool by its name. @param name an unknown name is answered with a failure */
  readonly call: (name: string, args: unknown, context?: ToolCallContext) => Promise<ToolResult>;
  /** The manifest of `generate_image` for agent hosts, with the configured providers, models and prices. Sends nothing. */
  readonly manifest: () => Promise<readonly ToolManifest[]>;
  /**
   * Returns a small version of a stored image for a model to look at: at most 1024 pixels a side and 512 kB.
   * @returns `undefined`: it cannot be made, because the image is large and the package `sharp` is not installed
   * @throws AiImageError `invalid_request`: no image has this id; `storage_failed`
   */
  readonly preview: (id: string) => Promise<ToolPreview | undefined>;
  /**
   * Waits until running calls have ended. Manager and store stay open.
   * @param options `deadlineMs`, in milliseconds: then running calls are aborted, and jobs of vendors can be fetched later @default no limit
   */
  readonly close: (options?: { readonly deadlineMs?: number }) => Promise<void>;
}
