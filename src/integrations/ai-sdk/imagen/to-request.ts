/** Turns a call of the AI SDK into a request of the manager. */
import type { ImageModelV4CallOptions, ImageModelV4File } from '@ai-sdk/provider';
import type { ManagerRequest, Session } from '../../../manager/index.ts';
import { AiImageError, withoutUndefined } from '../../../providers/protocol/index.ts';
import type { NamedModel } from './model-id.ts';
import type { ImagenOptions } from './provider-options.ts';

/**
 * @param options checked
 * @param session the session with the name in `options`
 * @throws AiImageError `invalid_request`: an input is not base64
 */
export function toRequest(
  call: ImageModelV4CallOptions,
  { provider, model }: NamedModel,
  { session: _, callId: __, deadlineMs: ___, ...options }: ImagenOptions,
  session: Session | undefined,
): ManagerRequest {
  const { prompt, n, size, aspectRatio, seed, files, mask } = call;
  const fields = {
    provider,
    model,
    n,
    size,
    aspectRatio,
    seed,
    mask: mask && toInput(mask, 'mask'),
    session,
    ...options,
  };
  const [first, ...others] = files ?? [];
  const request = withoutUndefined(fields) as Omit<ManagerRequest, 'prompt' | 'inputImages'>; // fewer fields, all optional
  if (first === undefined) return { ...request, prompt: prompt ?? '' };
  const inputImages = [first, ...others].map((file, index) => toInput(file, `files.${index}`));
  return { ...request, inputImages, ...(prompt !== undefined && { prompt }) };
}

/** A link is fetched by the provider, under the same rules as a result link. */
function toInput(file: ImageModelV4File, field: string): Uint8Array | string {
  if (file.type === 'url') return file.url;
  if (typeof file.data !== 'string') return file.data;
  try {
    return Uint8Array.from(atob(file.data), (character) => character.charCodeAt(0));
  } catch {
    throw new AiImageError('invalid_request', `${field} is not base64`, {
      charged: 'no',
      hint: 'Pass the bytes of an image, its base64, or a link.',
    });
  }
}
