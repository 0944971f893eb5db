import type { AppliedSettings, Cost, Warning } from './generation.ts';

/** Why a request would be refused before it is sent: one field that is invalid or that the model does not support. */
export interface Refusal {
  /** The code of the error that the call would throw. */
  readonly code: 'invalid_request' | 'unsupported' | 'model_retired';
  /** The field of the request. */
  readonly field: string;
  /** What is wrong, as a sentence. */
  readonly message: string;
  /** What to do about it. */
  readonly hint?: string;
}

/** One HTTP request of a plan. It holds no credential, and image bytes are shown as `<image/png, 1234 bytes>`. */
export interface PlannedRequest {
  /** The HTTP method. */
  readonly method: string;
  /** The full address. */
  readonly url: string;
  /** Headers that say something about the image or the job. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The JSON body, or the fields of the form. */
  readonly body?: unknown;
}

/** What a call would do. */
export interface RequestPlan {
  /** The provider's id or name. */
  readonly provider: string;
  /** The vendor's model id. */
  readonly model: string;
  /** The submits that would be sent; empty if the request is refused. */
  readonly requests: readonly PlannedRequest[];
  /** Changes to the request, and warnings about an unknown or deprecated model. */
  readonly adaptations: readonly Warning[];
  /** Why the request would be refused; empty if it would be sent. */
  readonly refusals: readonly Refusal[];
  /** The settings that would be sent, in the protocol's terms. */
  readonly applied: AppliedSettings;
  /** For all requested images. */
  readonly price: Cost;
}
