import type { AppliedSettings, Cost, Warning } from './generation.ts';

/** Why a request would be refused before it is sent: one field that is invalid or that the model does not support. */
export interface Refusal {
  readonly code: 'invalid_request' | 'unsupported' | 'model_retired';
  readonly field: string;
  readonly message: string;
  readonly hint?: string;
}

/** One HTTP request of a plan. It holds no credential, and image bytes are shown as `<image/png, 1234 bytes>`. */
export interface PlannedRequest {
  readonly method: string;
  readonly url: string;
  /** Headers that say something about the image or the job. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** What a call would do. */
export interface RequestPlan {
  readonly provider: string;
  readonly model: string;
  /** The submits that would be sent; empty if the request is refused. */
  readonly requests: readonly PlannedRequest[];
  /** Changes to the request, and warnings about an unknown or deprecated model. */
  readonly adaptations: readonly Warning[];
  /** Why the request would be refused; empty if it would be sent. */
  readonly refusals: readonly Refusal[];
  readonly applied: AppliedSettings;
  /** For all requested images. */
  readonly price: Cost;
}
