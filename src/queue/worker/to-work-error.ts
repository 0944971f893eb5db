/** Describes an error for the queue and for events: plain JSON, without links. */
import { type AiImageError, isAiImageError } from '../../providers/protocol/errors.ts';
import type { WorkError } from '../queue-engine.ts';

const MAX_LENGTH = 500;

/** Links to jobs and results can grant access, so they are redacted. */
const LINK = /\bhttps?:\/\/[^\s'"<>)]+/gi;

export function toWorkError({ code, message, hint, field, charged }: AiImageError): WorkError {
  return {
    ...{ code, message: redacted(message), charged },
    ...(hint !== undefined && { hint: redacted(hint) }),
    ...(field !== undefined && { field }),
  };
}

/** Describes what the database or the engine threw. */
export function toTroubleError(error: unknown): WorkError {
  if (isAiImageError(error)) return toWorkError(error);
  return { code: 'internal', message: redacted(error instanceof Error ? error.message : 'unknown error') };
}

const redacted = (text: string): string => text.replace(LINK, '(link)').slice(0, MAX_LENGTH);
