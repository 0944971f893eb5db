/** A failure as a person reads it, and as a program does: what happened, and what to do. */
import { type AiImageError, isAiImageError } from '../../index.ts';
import { type Exit, exitOf } from './exit-codes.ts';
import { UsageError } from './usage-error.ts';

export interface Explained {
  readonly lines: readonly string[];
  readonly exit: Exit;
  /** For `--json`. */
  readonly document: Readonly<Record<string, unknown>>;
}

export function explain(error: unknown): Explained {
  if (error instanceof UsageError) {
    const { message, hint } = error;
    return {
      lines: [message, hint],
      exit: 'usage',
      document: { code: 'invalid_request', message, hint, charged: 'no' },
    };
  }
  if (!isAiImageError(error)) {
    const message = error instanceof Error ? error.message : String(error);
    return { lines: [`internal error: ${message}`], exit: 'internal', document: { code: 'internal', message } };
  }
  return { lines: linesOf(error), exit: exitOf(error.code), document: error.toJSON() };
}

function linesOf({ code, message, hint, charged, job, requestId }: AiImageError): readonly string[] {
  return [
    `${message} (${code})`,
    ...(hint === undefined ? [] : [hint]),
    ...(charged === 'no' ? [] : [charged === 'yes' ? 'It was charged.' : 'It may have been charged.']),
    ...(job === undefined
      ? []
      : [`The job is ${job.id} at ${job.provider}. To fetch it: imagen jobs resume ${job.id}`]),
    ...(requestId === undefined ? [] : [`The vendor’s request id is ${requestId}.`]),
  ];
}
