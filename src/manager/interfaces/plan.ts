/** What `plan` returns: the candidates for a request, with their prompts, prices and refusals. */
import type { RequestPlan } from '../../providers/protocol/index.ts';

/** The prompt for one model. */
export interface Composed {
  /** The caller's own prompt, with the variation inserted. */
  readonly own: string;
  /** The style preset that was used. */
  readonly style?: string;
  /** The prompt that is sent, with all added text. */
  readonly prompt: string;
  /** The negative prompt that is sent, if the model has one. */
  readonly negativePrompt?: string;
  /** Text that was added to the caller's own prompt, and its source. */
  readonly parts: readonly { readonly from: 'style' | 'profile' | 'memory' | 'negative'; readonly text: string }[];
  /** Says what was left out or moved. */
  readonly notes: readonly string[];
}

/** A provider and model that could generate the image. */
export interface Candidate {
  /** The provider's name in the settings. */
  readonly provider: string;
  /** The vendor's model id. */
  readonly model: string;
  /** The prompt for this model. */
  readonly composed: Composed;
  /** What would be sent, adapted, refused and charged. */
  readonly plan: RequestPlan;
  /** Says why it has its place in the order. */
  readonly reasons: readonly string[];
}

export interface ManagerPlan {
  /** Candidates that can do the request, the best first. */
  readonly candidates: readonly Candidate[];
  /** Candidates that cannot, with their refusals. */
  readonly refused: readonly Candidate[];
}
