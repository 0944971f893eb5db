/** Turns an error into lines for a person, a document for `--json`, and an exit code. */

import { type AiImageError, isAiImageError } from '../../../../index.ts';
import { isPostponed } from '../../../../store/storage/s3/postponed-upload.ts';
import { AppError } from '../../../shared/app-error.ts';
import { RESULT_LINKS_ID } from '../../../shared/job-names.ts';
import { type Exit, exitOf } from '../../exit-codes.ts';
import { UsageError } from '../../usage-error.ts';
import { toUsageError } from './app-error-texts.ts';
import { toCommandText } from './to-command-text.ts';

export interface Explained {
  readonly lines: readonly string[];
  readonly exit: Exit;
  /** Something may have been charged, so the lines must reach whichever stream still works. */
  readonly isUrgent: boolean;
  /** For `--json`. */
  readonly document: Readonly<Record<string, unknown>>;
}

export function explain(thrown: unknown): Explained {
  const error = thrown instanceof AppError ? toUsageError(thrown) : thrown;
  if (error instanceof UsageError) {
    const { message, hint } = error;
    return {
      lines: [message, hint],
      exit: 'usage',
      isUrgent: false,
      document: { code: 'invalid_request', message, hint, charged: 'no' },
    };
  }
  if (!isAiImageError(error)) {
    const message = error instanceof Error ? error.message : String(error);
    const lines = [`internal error: ${message}`];
    return { lines, exit: 'internal', isUrgent: true, document: { code: 'internal', message } };
  }
  const isUrgent = error.charged !== 'no';
  // An internal error with bytes comes from the store: the images are whole, and only saving them failed.
  const isUnsaved = isPostponed(error) || (error.code === 'internal' && error.quarantine.length > 0);
  const exit = isUnsaved ? 'unsaved' : exitOf(error.code);
  return { lines: linesOf(error), exit, isUrgent, document: documentOf(error) };
}

function documentOf(error: AiImageError): Readonly<Record<string, unknown>> {
  const { message, hint, retryAfterMs } = error;
  return {
    ...error.toJSON(),
    message: toCommandText(message, retryAfterMs),
    ...(hint !== undefined && { hint: toCommandText(hint, retryAfterMs) }),
  };
}

const CHARGED = { no: [], yes: ['It was charged.'], unknown: ['It may have been charged.'] } as const;

function linesOf(error: AiImageError): readonly string[] {
  const { code, message, hint, charged, requestId, retryAfterMs } = error;
  return [
    `${toCommandText(message, retryAfterMs)} (${code})`,
    ...(hint === undefined ? [] : [toCommandText(hint, retryAfterMs)]),
    ...CHARGED[charged],
    ...jobLines(error),
    ...(requestId === undefined ? [] : [`The vendor’s request id is ${requestId}.`]),
  ];
}

function jobLines({ code, job }: AiImageError): readonly string[] {
  if (job === undefined) return [];
  if (job.id === RESULT_LINKS_ID) {
    return [`${job.provider} answered with links that are not on record, so they cannot be fetched from here.`];
  }
  const cancelled = code === 'aborted' ? ', cancelled if the vendor supports it' : '';
  return [`The job is ${job.id} at ${job.provider}${cancelled}.`, `To fetch it: imagen jobs resume ${job.id}`];
}
