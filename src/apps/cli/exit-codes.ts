/** The exit codes of the command line. Scripts rely on them: changing one is a breaking change. */
import type { AiImageErrorCode } from '../../providers/protocol/errors.ts';

export const EXIT_CODES = {
  done: { code: 0, meaning: 'Success. Every image was generated and saved.' },
  internal: { code: 1, meaning: 'A bug in this program.' },
  usage: { code: 2, meaning: 'The command or the request is invalid. Nothing was charged.' },
  configuration: { code: 3, meaning: 'No usable API key or setting. Nothing was charged.' },
  refused: { code: 4, meaning: 'The vendor refused, or sent no image. It may have been charged.' },
  money: { code: 5, meaning: 'Out of credit, over budget, or denied by a profile. Nothing was charged.' },
  unavailable: { code: 6, meaning: 'The vendor is unavailable. Nothing was charged; try again later.' },
  doubtful: { code: 7, meaning: 'No complete image came; it may have been charged. Check before a retry.' },
  partial: { code: 8, meaning: 'Some images were saved, others failed.' },
  unsaved: { code: 9, meaning: 'An image could not be saved in its place. The message says where it is.' },
  faulty: { code: 10, meaning: 'The check found a problem. Nothing was charged.' },
  storage: { code: 11, meaning: 'A file, folder, database or bucket could not be read or written.' },
  hungUp: { code: 129, meaning: 'The terminal was closed.' },
  interrupted: { code: 130, meaning: 'Interrupted with Ctrl-C.' },
  terminated: { code: 143, meaning: 'Terminated by a signal.' },
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
  storage_failed: 'storage',
} as const satisfies Record<AiImageErrorCode, Exit>;

export function exitOf(code: AiImageErrorCode): Exit {
  return BY_ERROR[code];
}
