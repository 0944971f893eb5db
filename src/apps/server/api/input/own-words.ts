/**
 * Errors of the library about a request, in the words of this API. An error that a vendor may have written is not shown; these are shown,
 * because this library wrote them: nothing was sent.
 */
import { type AiImageError, isAiImageError, type ManagerRequest } from '../../../../index.ts';
import { REQUEST_KEYS } from '../../../../providers/protocol/input/misplaced-key.ts';
import { withoutSecrets } from '../../http/faults/without-secrets.ts';
import { HttpFault } from '../../http/http-fault.ts';

const FIELDS: readonly string[] = [...REQUEST_KEYS, 'provider', 'variation', 'fallback', 'parents', 'profile'];

/** The field of a refusal as this API names it. Options of a provider are refused as a whole. */
export const toParam = (field: string): string => (field === 'request' ? 'options' : field);

/** Fields of this API have the names of the library. */
export const toWords = (message: string): string => message.replaceAll('request.', '');

/** @param error what planning the request has thrown @returns `undefined`: the request is not what is wrong */
export function planFault(error: unknown, request: ManagerRequest, call?: string): HttpFault | undefined {
  if (!isAiImageError(error) || error.code !== 'invalid_request') return undefined;
  const message = toWords(error.message);
  const words = message.match(/[A-Za-z]+/g) ?? [];
  const field = words.find((word) => FIELDS.includes(word));
  // A fallback names providers too.
  const isFallback = field === 'provider' && request.provider === undefined && request.fallback !== undefined;
  return toFieldFault(error, isFallback ? 'fallback' : field, message, call);
}

/** The field and what is wrong with it, as the library reports input images before it sends them. */
const INPUT = /^[\w-]{1,64}: (inputImages|mask)(?:\.(\d{1,4}))? (.{1,400})$/s;

/** @returns `undefined`: the error is about something else than an input image */
export function inputImageFault(error: unknown, call?: string): HttpFault | undefined {
  if (!isAiImageError(error) || error.code !== 'invalid_request') return undefined;
  if (error.charged !== 'no' || error.status !== undefined || error.job !== undefined) return undefined;
  const [, field, index, what = ''] = INPUT.exec(error.message) ?? [];
  if (field === undefined) return undefined;
  const param = index === undefined ? field : `${field}[${index}]`;
  // Why a link could not be fetched may be what its server said.
  const [fetched] = /^could not be fetched/.exec(what) ?? [];
  return toFieldFault(error, param, `${param} ${fetched ?? what}`, call);
}

function toFieldFault(
  { hint }: AiImageError,
  param: string | undefined,
  message: string,
  call: string | undefined,
): HttpFault {
  const advice = hint === undefined ? undefined : withoutSecrets(toWords(hint));
  const sentence = withoutSecrets(message).replace(/\.$/, '');
  return new HttpFault(400, 'invalid_request', [`${sentence}.`, advice].filter(Boolean).join(' '), {
    ...(param !== undefined && { param }),
    imagen: {
      ...{ code: 'invalid_request', charged: 'no' },
      ...(call !== undefined && { call }),
      ...(advice !== undefined && { hint: advice }),
    },
  });
}
