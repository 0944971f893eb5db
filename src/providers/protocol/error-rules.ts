/** The error codes, and what is safe to do after each. */

/** Whether a failed call was charged. */
export type Charged = 'no' | 'yes' | 'unknown';

export interface ErrorRule {
  /** The same request may succeed later, and the failed attempt certainly charged nothing. */
  readonly mayRetry: boolean;
  /** The request may go to another provider instead: the failed attempt certainly charged nothing. */
  readonly mayFailOver: boolean;
  /** Whether the failed call was charged. */
  readonly charged: Charged;
  /** After a submit: the vendor says that the job has no image, so `resume` cannot help. With any other code it still can. */
  readonly endsJob: boolean;
  /** What the code means, for the docs. */
  readonly meaning: string;
}

/** The error codes and their rules. Retry, failover, the circuit breaker and the end of a job depend on this table, never on messages. */
export const ERROR_RULES = {
  invalid_request: {
    mayRetry: false,
    mayFailOver: false,
    charged: 'no',
    endsJob: false,
    meaning: 'The request is wrong; the message says which field.',
  },
  unsupported: {
    mayRetry: false,
    mayFailOver: true,
    charged: 'no',
    endsJob: false,
    meaning: 'This model or provider cannot do it.',
  },
  authentication: {
    mayRetry: false,
    mayFailOver: false,
    charged: 'no',
    endsJob: false,
    meaning: 'The credential is missing or wrong.',
  },
  permission: {
    mayRetry: false,
    mayFailOver: true,
    charged: 'no',
    endsJob: false,
    meaning: 'The credential is right but not allowed to do this.',
  },
  quota_exhausted: {
    mayRetry: false,
    mayFailOver: true,
    charged: 'no',
    endsJob: false,
    meaning: 'The account is out of credit or over its quota.',
  },
  rate_limited: {
    mayRetry: true,
    mayFailOver: true,
    charged: 'no',
    endsJob: false,
    meaning: 'Too many requests. `retryAfterMs`, if set, says how long to wait.',
  },
  content_refused: {
    mayRetry: false,
    mayFailOver: false,
    charged: 'unknown',
    endsJob: true,
    meaning: 'The vendor refused the prompt, an input or the image.',
  },
  no_image: {
    mayRetry: false,
    mayFailOver: false,
    charged: 'unknown',
    endsJob: true,
    meaning: 'The vendor replied without an image.',
  },
  model_retired: {
    mayRetry: false,
    mayFailOver: true,
    charged: 'no',
    endsJob: false,
    meaning: 'The model is shut down. If a successor is known, the hint names it.',
  },
  unavailable: {
    mayRetry: true,
    mayFailOver: true,
    charged: 'no',
    endsJob: false,
    meaning: 'The vendor could not be reached, or refused to start work.',
  },
  timeout: {
    mayRetry: false,
    mayFailOver: false,
    charged: 'unknown',
    endsJob: false,
    meaning: 'The deadline or a time limit passed. If `job` is set, you can resume it.',
  },
  outcome_unknown: {
    mayRetry: false,
    mayFailOver: false,
    charged: 'unknown',
    endsJob: false,
    meaning: 'The request was sent, and the reply was lost. It may have been charged.',
  },
  bad_response: {
    mayRetry: false,
    mayFailOver: false,
    charged: 'unknown',
    endsJob: false,
    meaning: 'The reply could not be read, or is not a complete image.',
  },
  too_large: {
    mayRetry: false,
    mayFailOver: false,
    charged: 'unknown',
    endsJob: false,
    meaning: 'The data exceeds a limit on bytes or pixels.',
  },
  unsafe_url: {
    mayRetry: false,
    mayFailOver: false,
    charged: 'unknown',
    endsJob: false,
    meaning: 'A link has an address that the library must not fetch.',
  },
  budget_exceeded: {
    mayRetry: false,
    mayFailOver: false,
    charged: 'no',
    endsJob: false,
    meaning: 'The budget does not allow it.',
  },
  policy_denied: {
    mayRetry: false,
    mayFailOver: false,
    charged: 'no',
    endsJob: false,
    meaning: 'The profile does not allow it.',
  },
  circuit_open: {
    mayRetry: true,
    mayFailOver: true,
    charged: 'no',
    endsJob: false,
    meaning: 'The provider failed too often. The manager does not call it for a while.',
  },
  aborted: {
    mayRetry: false,
    mayFailOver: false,
    charged: 'unknown',
    endsJob: false,
    meaning: 'The call was aborted by your signal.',
  },
  not_configured: {
    mayRetry: false,
    mayFailOver: false,
    charged: 'no',
    endsJob: false,
    meaning: 'A setting is missing or wrong.',
  },
  internal: {
    mayRetry: false,
    mayFailOver: false,
    charged: 'unknown',
    endsJob: false,
    meaning: 'A fault in this library, or in a provider that you passed to it.',
  },
} as const satisfies Record<string, ErrorRule>;

export type AiImageErrorCode = keyof typeof ERROR_RULES;
export const ERROR_CODES = Object.keys(ERROR_RULES) as readonly AiImageErrorCode[];
