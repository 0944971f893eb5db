import type { AppliedSettings, Cost, Warning } from './generation.ts';

/** One field that the model does not have or cannot take so. */
export interface Refusal {
  readonly code: 'invalid_request' | 'unsupported' | 'model_retired';
  readonly field: string;
  readonly message: string;
  readonly hint?: string;
}

/** One request as it would go out. Credentials are absent and picture bytes are shown as `<image/png, 1234 bytes>`. */
export interface PlannedRequest {
  readonly method: string;
  readonly url: string;
  /** Those that say something about the picture or the job. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** What a call would do, found out without making it. */
export interface RequestPlan {
  readonly provider: string;
  readonly model: string;
  /** The submits that would be made; empty when the request is refused. */
  readonly requests: readonly PlannedRequest[];
  /** Where the request would be changed or a model is unknown or deprecated. */
  readonly adaptations: readonly Warning[];
  /** Why it would be refused; empty when it would go out. */
  readonly refusals: readonly Refusal[];
  readonly applied: AppliedSettings;
  /** For all pictures asked for. */
  readonly price: Cost;
}
