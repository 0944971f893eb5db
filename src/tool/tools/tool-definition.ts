/** How a tool is defined: one file per tool in this folder, and one line in `tool-table.ts`. */
import type * as z from 'zod/mini';
import type { ToolAnnotations, ToolName } from '../image-tools.ts';
import type { ToolResult } from '../tool-result.ts';
import type { ToolRun } from '../tool-set.ts';

export interface ToolDefinition<Args extends z.ZodMiniType = z.ZodMiniType> {
  readonly name: ToolName;
  /** For people. */
  readonly title: string;
  /** For models. It never changes while it runs, and holds nothing of a vendor. */
  readonly description: string;
  readonly annotations: ToolAnnotations;
  /** A `z.strictObject`, so that an unknown argument is refused. Its fields have descriptions. */
  readonly args: Args;
  /** The `data` of a success. */
  readonly data: z.ZodMiniType;
  /**
   * @param args parsed
   * @throws AiImageError before a call was started: it is answered as a failure that cost nothing
   */
  // A method, so that definitions with different arguments are in one table.
  run(args: z.infer<Args>, call: ToolRun): Promise<ToolResult>;
}

/** Checks that `run` takes what `args` describes. */
export const defineTool = <Args extends z.ZodMiniType>(definition: ToolDefinition<Args>): ToolDefinition =>
  definition as unknown as ToolDefinition; // `run` gets parsed arguments

/** Looks at what is there. */
export const READ_ONLY: ToolAnnotations = {
  readOnlyHint: true,
  destructiveHint: false,
  idempotentHint: true,
  openWorldHint: false,
};

/** Makes images, which costs money. */
export const GENERATES: ToolAnnotations = {
  readOnlyHint: false,
  destructiveHint: false,
  idempotentHint: false,
  openWorldHint: true,
};
