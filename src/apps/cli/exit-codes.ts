/** What the command's exit code says. Scripts rely on it: a change is a breaking one. */
import type { AiImageErrorCode } from '../../providers/protocol/errors.ts';

export const EXIT_CODES = {
  done: { code: 0, meaning: 'Every picture was made and saved.' },
  internal: { code: 1, meaning: 'A fault of this program.' },
  usage: { code: 2, meaning: 'The command or the request is wrong. Nothing was charged.' },
  configuration: { code: 3, meaning: 'No usable credential or setting. Nothing was charged.' },
  refused: { code: 4, meaning: 'The vendor refused, or answered without a picture. It may have been charged.' },
  money: { code: 5, meaning: 'Out of credit, over the budget, or not allowed. Nothing was charged.' },
  unavailable: { code: 6, meaning: 'The vendor could not do it now. Nothing was charged; try again later.' },
  doubtful: { code: 7, meaning: 'It may have been charged and no whole picture came: look before you repeat it.' },
  partial: { code: 8, meaning: 'Some pictures were saved, others failed.' },
  unsaved: {
    code: 9,
    meaning: 'The pictures were made and could not be saved where they should be; the message says where they are.',
  },
  faulty: { code: 10, meaning: 'What was looked at is not as it should be. Nothing was charged.' },
  hungUp: { code: 129, meaning: 'The terminal was closed.' },
  interrupted: { code: 130, meaning: 'Interrupted by Ctrl-C.' },
  terminated: { code: 143, meaning: 'Ended by a signal.' },
} as const satisfies Record<string, { readonly code: number; readonly meaning: string }>;

export type Exit = keyof typeof EXIT_CODES;

const BY_ERROR = {
  invalid_request: 'usage',
  unsupported: 'usage',
  model_retired: 'usage',
  not_configured: 'configuration',
  authentication: 'configuration',
  permission: 'configuration',
  content_refused: 'refused',
  no_image: 'refused',
  quota_exhausted: 'money',
  budget_exceeded: 'money',
  policy_denied: 'money',
  rate_limited: 'unavailable',
  unavailable: 'unavailable',
  circuit_open: 'unavailable',
  timeout: 'doubtful',
  outcome_unknown: 'doubtful',
  bad_response: 'doubtful',
  too_large: 'doubtful',
  unsafe_url: 'doubtful',
  aborted: 'interrupted',
  internal: 'internal',
} as const satisfies Record<AiImageErrorCode, Exit>;

export function exitOf(code: AiImageErrorCode): Exit {
  return BY_ERROR[code];
}
