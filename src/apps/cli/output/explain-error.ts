/** A failure as a person reads it, and as a program does: what happened, and what to do. */
import { type AiImageError, isAiImageError } from '../../../index.ts';
import { isPostponed } from '../../../store/storage/s3/postponed.ts';
import { type Exit, exitOf } from '../exit-codes.ts';
import { LINKS } from '../job-names.ts';
import { UsageError } from '../usage-error.ts';

export interface Explained {
  readonly lines: readonly string[];
  readonly exit: Exit;
  /** Something may have been paid for: it has to be told on whatever stream is left. */
  readonly isUrgent: boolean;
  /** For `--json`. */
  readonly document: Readonly<Record<string, unknown>>;
}

export function explain(error: unknown): Explained {
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
  // An internal error that holds bytes is one of the store: the images are whole, and only their saving failed.
  const isUnsaved = isPostponed(error) || (error.code === 'internal' && error.quarantine.length > 0);
  const exit = isUnsaved ? 'unsaved' : exitOf(error.code);
  return { lines: linesOf(error), exit, isUrgent, document: error.toJSON() };
}

function linesOf({ code, message, hint, charged, job, requestId }: AiImageError): readonly string[] {
  return [
    `${message} (${code})`,
    ...(hint === undefined ? [] : [hint.replace('images.jobs()', 'imagen jobs list')]),
    ...(charged === 'no' ? [] : [charged === 'yes' ? 'It was charged.' : 'It may have been charged.']),
    ...(job === undefined
      ? []
      : job.id === LINKS
        ? [`${job.provider} answered with links, and there is no record of them: they cannot be fetched from here.`]
        : [
            `The job is ${job.id} at ${job.provider}${code === 'aborted' ? ', called off where that can be done' : ''}.`,
            `To fetch it: imagen jobs resume ${job.id}`,
          ]),
    ...(requestId === undefined ? [] : [`The vendor’s request id is ${requestId}.`]),
  ];
}
