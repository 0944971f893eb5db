/** What each error code means for an agent. Never the words of a vendor. */
import type { AiImageErrorCode } from '../../providers/protocol/index.ts';

interface FailureSentence {
  /** What happened. `{provider}` stands for the provider. */
  readonly what: string;
  /** What to do, where the failed call certainly cost nothing. */
  readonly ifFree: string;
}

const ASK_OPERATOR = 'Tell the user: a person has to change the settings of the program that runs these tools.';
const LATER = 'Wait a little, then call the tool again.';
const CHANGE = 'Change the arguments.';

export const FAILURE_SENTENCES: { readonly [Code in AiImageErrorCode]?: FailureSentence } & {
  readonly internal: FailureSentence;
} = {
  invalid_request: { what: '{provider} refused the request as invalid.', ifFree: CHANGE },
  unsupported: { what: '{provider} does not support what was asked for.', ifFree: `${CHANGE} Or name another model.` },
  authentication: { what: '{provider} does not accept its key.', ifFree: ASK_OPERATOR },
  permission: { what: 'The account at {provider} may not do this.', ifFree: 'Name another model.' },
  quota_exhausted: {
    what: 'The account at {provider} is out of credit or over its quota.',
    ifFree: 'Name a model of another provider, or tell the user.',
  },
  rate_limited: { what: '{provider} takes no more requests for now.', ifFree: LATER },
  content_refused: {
    what: '{provider} refused the prompt, an input image or the result.',
    ifFree: 'Change the prompt or the images.',
  },
  no_image: { what: '{provider} answered without an image.', ifFree: 'Change the prompt, or name another model.' },
  model_retired: {
    what: 'The model was shut down by its vendor.',
    ifFree: 'Name another model: list_models lists them.',
  },
  unavailable: { what: '{provider} is not available for now.', ifFree: LATER },
  circuit_open: {
    what: '{provider} failed too often and is not called for a while.',
    ifFree: 'Name a model of another provider, or call the tool again in a few minutes.',
  },
  timeout: { what: 'The images were not ready in time.', ifFree: LATER },
  outcome_unknown: { what: 'It is not known whether {provider} made the images.', ifFree: LATER },
  bad_response: { what: '{provider} sent something that is not a complete image.', ifFree: 'Name another model.' },
  too_large: { what: 'An image has more bytes or pixels than are accepted.', ifFree: 'Use a smaller image.' },
  unsafe_url: {
    what: 'A link has an address that is not fetched.',
    ifFree: 'Use the id of a stored image instead of the link.',
  },
  budget_exceeded: {
    what: 'The budget does not allow this call.',
    ifFree: 'Choose a cheaper model, size or quality, or tell the user.',
  },
  policy_denied: { what: 'The profile of this program does not allow this call.', ifFree: 'Tell the user.' },
  aborted: { what: 'The call was cancelled.', ifFree: 'Nothing was sent.' },
  not_configured: { what: '{provider} is not set up.', ifFree: ASK_OPERATOR },
  internal: { what: 'The tool failed because of a fault in its program.', ifFree: 'Tell the user.' },
  storage_failed: {
    what: 'The folder or database of the images could not be read or written.',
    ifFree: 'Tell the user: a person has to look at the permissions, the free space and the connection of the store.',
  },
};

/** Instead of `ifFree`, for a call that may have been charged. It must not suggest to send the call once more. */
export const IF_CHARGED = {
  unknown:
    'It may have been charged. Do not start another call for the same image before the user agrees: get_image with this job_id says whether its images have arrived. If not, a person can look at the usage page of the vendor, and record what it says with `imagen jobs settle`.',
  yes: 'It was charged. Start another call for the same image only if the user agrees to pay for it.',
} as const;
