/** Options and result of `each`: one image per variation of a prompt. */
import type { AiImageError } from '../../providers/protocol/index.ts';
import type { ManagedGeneration } from './generation.ts';
import type { ManagerRequest } from './request.ts';

/** One variation of a batch. */
export type BatchItem =
  | {
      readonly status: 'waiting';
      /** Position of the variation in the list, from 0. */
      readonly index: number;
      /** The text that replaces `{{variation}}` in the prompt. */
      readonly variation: string;
    }
  /** `generation` is present unless `collect` is false. */
  | {
      readonly status: 'done';
      /** Position of the variation in the list, from 0. */
      readonly index: number;
      /** The text that replaces `{{variation}}` in the prompt. */
      readonly variation: string;
      /** The result. Absent with `collect: false`. */
      readonly generation?: ManagedGeneration;
    }
  | {
      readonly status: 'failed';
      /** Position of the variation in the list, from 0. */
      readonly index: number;
      /** The text that replaces `{{variation}}` in the prompt. */
      readonly variation: string;
      /** Why it failed, after the last attempt. */
      readonly error: AiImageError;
    };

export interface BatchResult {
  /** In the order of the variations. */
  readonly items: readonly BatchItem[];
  /** Whether every item is done. */
  readonly isComplete: boolean;
}

export interface BatchOptions {
  /** Calls at the same time. @default 4 */
  readonly concurrency?: number;
  /** Further attempts for an item that failed without being charged. @default 0 */
  readonly retryFailed?: number;
  /** Keeps the images in the result. With false, memory use stays flat and only `onItem` gets them. @default true */
  readonly collect?: boolean;
  /** Fields that all items share, besides the prompt and the variation. */
  readonly request?: Partial<ManagerRequest>;
  /** An earlier result. Items that are done in it are not generated again. */
  readonly previous?: BatchResult;
  /** Called when an item is done or has failed, with the numbers of finished and of all items. */
  readonly onItem?: (item: BatchItem, finished: number, all: number) => void;
  /** Aborts the running items, and starts no further ones. */
  readonly signal?: AbortSignal | undefined;
}
