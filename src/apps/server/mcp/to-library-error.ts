/** The errors of the server as the tools know them: those of the library. */
import { AiImageError, type AiImageErrorCode } from '../../../index.ts';
import { HttpFault } from '../http/http-fault.ts';

const CODES: Readonly<Partial<Record<number, AiImageErrorCode>>> = {
  403: 'policy_denied',
  429: 'rate_limited',
  503: 'unavailable',
};

/** @returns an error that is no `HttpFault` unchanged */
export function toLibraryError(error: unknown): unknown {
  if (!(error instanceof HttpFault)) return error;
  const { status, message, details } = error;
  const { retryAfterMs } = details;
  return new AiImageError(CODES[status] ?? 'invalid_request', message, {
    charged: 'no',
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  });
}

/** @throws AiImageError in place of an `HttpFault` */
export async function asLibrary<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw toLibraryError(error);
  }
}
