/** A request that is answered with an error, in the form of OpenAI's API. */

export interface FaultDetails {
  /** OpenAI's word for the kind of error. @default by status */
  readonly type?: string;
  /** The field of the request that is wrong, as the client sent it. */
  readonly param?: string;
  /** Whether the client may send the same request again: `x-should-retry`. Never true after money may have moved. @default false */
  readonly mayRetry?: boolean;
  /** How long the client should wait before that. */
  readonly retryAfterMs?: number;
  /** What we add beside OpenAI's fields, as `error.imagen`. */
  readonly imagen?: FaultReport;
  /** The methods that the path takes: the header `Allow` of a 405. */
  readonly allow?: readonly string[];
  /** Closes the connection after the answer: the rest of the body is not read. @default false */
  readonly closesConnection?: boolean;
}

/** Facts about a failed call. */
export interface FaultReport {
  /** The code of `AiImageError`. */
  readonly code: string;
  /** Whether the vendor charged the call. */
  readonly charged: 'no' | 'yes' | 'unknown';
  /** The call id. The same `Idempotency-Key`, or `GET /api/runs/{id}`, finds the call again. */
  readonly call?: string;
  /** The id of the vendor's job. */
  readonly job?: string;
  /** What to do. */
  readonly hint?: string;
}

/** Thrown by handlers. The message is for the client: it has no path, key, stack or text of a vendor's body. */
export class HttpFault extends Error {
  readonly status: number;
  /** A word of OpenAI's API or of ours, e.g. `model_not_found`. */
  readonly code: string;
  readonly details: FaultDetails;

  constructor(status: number, code: string, message: string, details: FaultDetails = {}) {
    super(message);
    this.name = 'HttpFault';
    this.status = status;
    this.code = code;
    this.details = details;
  }
}
