/** Turns a manager's request into one for a provider. */
import type { EditRequest, ImageRequest } from '../../providers/protocol/index.ts';
import type { Composed } from '../interfaces/plan.ts';
import type { ManagerRequest } from '../interfaces/request.ts';
import type { PromptSources } from './compose.ts';

/** Removes the fields that only a manager understands, and sets the composed prompt and the model. */
export function toProviderRequest(
  request: ManagerRequest,
  { prompt, negativePrompt }: Composed,
  model: string | undefined,
  { styles }: PromptSources,
): ImageRequest | EditRequest {
  const {
    provider: _provider,
    variation: _variation,
    profile: _profile,
    session: _session,
    fallback: _fallback,
    output: _output,
    parents: _parents,
    model: _model,
    negativePrompt: _negativePrompt,
    prompt: ownPrompt,
    style,
    ...fields
  } = request;
  const isPreset = style !== undefined && Object.hasOwn(styles, style);
  return {
    ...fields,
    ...((ownPrompt !== undefined || prompt !== '') && { prompt }),
    ...(negativePrompt !== undefined && { negativePrompt }),
    // A third-party provider with `generateImage` alone names no model before it has generated an image.
    ...(model !== undefined && model !== '' && { model }),
    ...(style !== undefined && !isPreset && { style }),
  } as ImageRequest | EditRequest; // the same fields, less those above
}
