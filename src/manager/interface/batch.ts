/** Options and result of `each`: one image per variation of a prompt. */
import type { AiImageError } from '../../providers/protocol/index.ts';
import type { ManagedGeneration } from './generation.ts';
import type { ManagerRequest } from './request.ts';

/** One variation of a batch. */
export type BatchItem =
  | { readonly status: 'waiting'; readonly index: number; readonly variation: string }
  /** `generation` is present unless `collect` is false. */
  | {
      readonly status: 'done';
      readonly index: number;
      readonly variation: string;
      readonly generation?: ManagedGeneration;
    }
  | { readonly status: 'failed'; readonly index: number; readonly variation: string; readonly error: AiImageError };

export interface BatchResult {
  /** In the order of the variations. */
  readonly items: readonly BatchItem[];
  readonly isComplete: boolean;
}

export interface BatchOptions {
  /** Calls at the same time. @default 4 */
  readonly concurrency?: number;
  /** Further attempts for an item that failed without being charged. @default 0 */
  readonly retryFailed?: number;
  /** Keeps the images in the result. With false, memory use stays flat and only `onItem` gets them. @default true */
  readonly collect?: boolean;
  /** Fields that all items share. */
  readonly request?: Partial<ManagerRequest>;
  /** An earlier result. Items that are done in it are not generated again. */
  readonly previous?: BatchResult;
  readonly onItem?: (item: BatchItem, finished: number, all: number) => void;
  readonly signal?: AbortSignal | undefined;
}
