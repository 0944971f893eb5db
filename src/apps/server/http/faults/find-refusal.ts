/** Finds why a request was refused before anything was sent. The errors and refusals of the library name the field. */
import { type AiImageError, type ImageManager, isAiImageError, type ManagerRequest } from '../../../../index.ts';
import { UNFETCHED } from '../../../../providers/kit/request/unfetched-input.ts';

/** A reason in the words of the library itself, never of a vendor. */
export interface KnownRefusal {
  /** The field of the request, in the library's words. */
  readonly field?: string | undefined;
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
    return isAiImageError(planError) && planError.code === error.code ? ofPlan(planError) : undefined;
  }
}

/** @param error what `manager.plan` has thrown @returns `undefined`: the request is not what is wrong */
export function ofPlan({ code, field, message, hint }: AiImageError): KnownRefusal | undefined {
  // The names of profiles belong to the settings of the server, and so does the hint.
  if (code === 'policy_denied') return { message };
  return code === 'invalid_request' ? { field, message, hint } : undefined;
}

/** `openai: inputImages.0 has 5000x20 pixels` */
const PROVIDER = /^[^\s:]{1,64}: /;

function ofInputs({
  code,
  field,
  message,
  hint,
}: Pick<AiImageError, 'code' | 'message'> & Partial<KnownRefusal>): KnownRefusal | undefined {
  const [name] = field?.split('.') ?? [];
  if (code !== 'invalid_request' || (name !== 'inputImages' && name !== 'mask')) return undefined;
  const said = message.replace(PROVIDER, '');
  const end = said.indexOf(UNFETCHED);
  // Why a link could not be fetched may be what its server said.
  return { field, message: end < 0 ? said : said.slice(0, end + UNFETCHED.length), hint };
}
