/** Turns an error into lines for a person, a document for `--json`, and an exit code. */

import { type AiImageError, type AiImageErrorCode, isAiImageError } from '../../../../index.ts';
import { hideKeys } from '../../../../providers/protocol/input/hide-keys.ts';
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
    // What the user typed may be a key. `AiImageError` hides keys itself.
    const [message, hint] = [hideKeys(error.message), hideKeys(error.hint)];
    return {
      lines: [message, hint],
      exit: 'usage',
      isUrgent: false,
      document: { code: 'invalid_request', message, hint, charged: 'no' },
    };
  }
  if (!isAiImageError(error)) {
    const message = hideKeys(error instanceof Error ? error.message : String(error));
    const lines = [`internal error: ${message}`];
    return { lines, exit: 'internal', isUrgent: true, document: { code: 'internal', message } };
  }
  const isUrgent = error.charged !== 'no';
  const isUnsaved = isPostponed(error) || (UNSAVED_CODES.includes(error.code) && error.quarantine.length > 0);
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

/** With bytes, such an error comes from the store: the images are whole, and only saving them failed. */
const UNSAVED_CODES: readonly AiImageErrorCode[] = ['storage_failed', 'internal'];

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
    return [
      `${job.provider} answered with links to the images. The links were not recorded, so no command can fetch the images.`,
    ];
  }
  const cancelled = code === 'aborted' ? ', cancelled if the vendor supports it' : '';
  return [`The job is ${job.id} at ${job.provider}${cancelled}.`, `To fetch it: imagen jobs resume ${job.id}`];
}
