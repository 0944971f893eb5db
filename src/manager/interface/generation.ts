/** What `generate` takes besides the request, and what it returns. */
import type { AiImageErrorCode, CallContext, ImageEvent } from '../../providers/protocol/index.ts';
import type { StoredGeneration } from '../../store/interfaces.ts';
import type { Composed, ManagerPlan } from './plan.ts';

/** One candidate that was tried or skipped. */
export interface Attempt {
  readonly provider: string;
  readonly model: string;
  readonly outcome: 'done' | 'failed' | 'skipped';
  readonly code?: AiImageErrorCode;
  readonly reason: string;
}

export interface ManagedGeneration extends StoredGeneration {
  readonly composed: Composed;
  readonly attempts: readonly Attempt[];
  /** Says why this candidate was chosen. */
  readonly reasons: readonly string[];
  /** Problems that did not stop the image, for example that it could not be stored. Usually empty. */
  readonly notes: readonly string[];
  /** The result comes from an earlier or a simultaneous identical request, and costs nothing again. */
  readonly isCached: boolean;
  /** Id of the image that `continue` started from. */
  readonly parent?: string;
}

export type ManagerEvent =
  | { readonly type: 'planned'; readonly plan: ManagerPlan }
  | Exclude<ImageEvent, { type: 'done' }>
  | { readonly type: 'done'; readonly generation: ManagedGeneration };

export type ManagerContext = Omit<CallContext, 'onEvent'> & {
  /** Called with every event of the call. Must not throw. */
  readonly onEvent?: ((event: ManagerEvent) => void) | undefined;
};
