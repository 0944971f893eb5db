/** Finds why a request was refused before anything was sent. Errors of the library have no field; plans do. */
import { type ImageManager, isAiImageError, type ManagerRequest } from '../../../../index.ts';

/** A reason in the words of the library itself, never of a vendor. */
export interface KnownRefusal {
  /** The field of the request, in the library's words. */
  readonly field?: string;
  /** What is wrong, as a sentence. */
  readonly message: string;
  /** What to do about it. */
  readonly hint?: string | undefined;
}

const REFUSED = ['invalid_request', 'unsupported', 'model_retired', 'policy_denied'];

/** Plans the request again: that costs nothing and sends nothing. */
export async function findRefusal(
  manager: Pick<ImageManager, 'plan'>,
  request: ManagerRequest,
  error: unknown,
): Promise<KnownRefusal | undefined> {
  if (!isAiImageError(error) || !REFUSED.includes(error.code) || error.charged !== 'no') return undefined;
  if (error.status !== undefined || error.job !== undefined) return undefined; // a vendor has answered
  try {
    const { candidates, refused } = await manager.plan(request);
    // A plan fetches no links; a call does, before it sends anything.
    if (candidates.length > 0) return ofInputs(error);
    const refusals = refused.flatMap((candidate) => candidate.plan.refusals);
    const found = refusals.find(({ code }) => code === error.code) ?? refusals[0];
    return found && (ofInputs(found) ?? found);
  } catch (planError) {
    // The profile of the request does not allow it. Any other error says no more than the one that is known.
    const isPolicy = isAiImageError(planError) && planError.code === 'policy_denied' && error.code === 'policy_denied';
    return isPolicy ? { message: planError.message } : undefined;
  }
}

/** The kit writes such messages: `openai: inputImages.0 has 5000x20 pixels`, `openai: The mask is 512x512 pixels`. */
const INPUT = /^[^\s:]{1,64}: ((?:inputImages|(?:The )?mask)\b.+)/;

function ofInputs({ message, hint, code }: KnownRefusal & { readonly code: string }): KnownRefusal | undefined {
  const said = INPUT.exec(message)?.[1];
  if (code !== 'invalid_request' || said === undefined) return undefined;
  return { field: said.startsWith('inputImages') ? 'inputImages' : 'mask', message: said, hint };
}
