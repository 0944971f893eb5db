/** The message of a failed call for clients of the server. */
import { AiImageError, type AiImageErrorCode } from '../../../../index.ts';
import { ERROR_CODES } from '../../../../providers/protocol/index.ts';
import { toFault } from '../../http/to-fault.ts';

export interface KnownFailure {
  readonly code: string;
  readonly message: string;
  /** @default that of the code */
  readonly charged?: 'no' | 'yes' | 'unknown' | undefined;
  readonly provider?: string | undefined;
}

/** The message of the library may have words of the vendor, or a path of the server. An error that is answered has the same words. */
export function errorMessageOf({ code, message, charged, provider }: KnownFailure): string {
  if (!isErrorCode(code)) return message;
  return toFault(new AiImageError(code, message, { charged, provider })).message;
}

/** Other codes are those of the server, whose messages are its own. */
const isErrorCode = (code: string): code is AiImageErrorCode => ERROR_CODES.some((each) => each === code);
