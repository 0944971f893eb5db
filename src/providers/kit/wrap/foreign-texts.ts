/** Redacts what a third-party provider says: its errors, warnings and other texts reach logs, sidecars and terminals. */
import { copyCause, createRedactor, TransportError } from '../../../transport/index.ts';
import { AiImageError, isAiImageError, withErrorDetails } from '../../protocol/errors.ts';
import type { Warning } from '../../protocol/generation.ts';
import type { Health } from '../../protocol/health.ts';
import type { RequestPlan } from '../../protocol/plan.ts';
import { type ErrorContext, toAiImageError } from '../response/translate-error.ts';

/** Removes what looks like a key, and signatures of links. It knows no key: the provider has its own. */
const redactForeign = createRedactor(() => []);

/** How many levels of failures and causes are redacted; deeper ones are left out. */
const MAX_DEPTH = 10;

/** Returns the text without keys, signatures and the caller's own texts. @param text a third party's, perhaps of another type */
export function redactText(text: string, confidential?: readonly string[]): string {
  return redactForeign(String(text), confidential);
}

/** Converts any error of a third party, and redacts its texts. @param context names the texts that must not appear */
export function toForeignError(error: unknown, context: ErrorContext): AiImageError {
  const known = toAiImageError(error, context);
  // Any other error was redacted when it was converted.
  return isAiImageError(error) ? redactError(known, (text) => redactText(text, context.confidential)) : known;
}

/** Fields of an error that are printed. Others may be the provider's own, with its request in them. */
const FIELDS = Object.keys(new AiImageError('internal', ''));

/** Returns the same error if there is nothing to hide in it, so that callers find the instance that they threw. */
function redactError(error: AiImageError, redact: (text: string) => string, depth = 0): AiImageError {
  const message = redact(error.message);
  const hint = error.hint === undefined ? undefined : redact(error.hint);
  const requestId = error.requestId === undefined ? undefined : redact(error.requestId);
  const field = error.field === undefined ? undefined : redact(error.field);
  const cause = redactCause(error.cause, redact, depth);
  const failures =
    depth < MAX_DEPTH
      ? error.failures.map((each) => ({ ...each, error: redactError(each.error, redact, depth + 1) }))
      : [];
  const isClean =
    error instanceof AiImageError &&
    Object.keys(error).every((key) => FIELDS.includes(key)) &&
    message === error.message &&
    hint === error.hint &&
    requestId === error.requestId &&
    field === error.field &&
    cause === error.cause &&
    failures.length === error.failures.length &&
    failures.every((each, at) => each.error === error.failures[at]?.error);
  if (isClean) return error;
  const clean = withErrorDetails(error, { hint, requestId, field, cause, failures }, message);
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  clean.stack = [`${clean.name}: ${clean.message}`, ...frames.map(redact)].join('\n');
  return clean;
}

/** The transport has redacted its own errors. Of any other cause, only its redacted texts are kept. */
function redactCause(cause: unknown, redact: (text: string) => string, depth: number): unknown {
  if (cause === undefined || cause instanceof TransportError) return cause;
  if (depth >= MAX_DEPTH) return undefined;
  return isAiImageError(cause) ? redactError(cause, redact, depth + 1) : copyCause(cause, redact);
}

export const redactWarning = (warning: Warning, confidential?: readonly string[]): Warning =>
  typeof warning?.message === 'string' ? { ...warning, message: redactText(warning.message, confidential) } : warning;

export const redactHealth = (health: Health): Health =>
  'message' in health ? { ...health, message: redactText(health.message) } : health;

/**
 * The requests of a plan are shown as they are: the caller asked for them.
 * @returns the same plan if there is nothing to hide in it, so that its provider recognizes it
 */
export function redactPlan(plan: RequestPlan, confidential?: readonly string[]): RequestPlan {
  const { adaptations = [], refusals = [] } = plan;
  const texts = [...adaptations, ...refusals].flatMap(({ message, ...each }) => [
    message,
    ...('hint' in each && each.hint !== undefined ? [each.hint] : []),
  ]);
  if (texts.every((text) => redactText(text, confidential) === text)) return plan;
  return {
    ...plan,
    adaptations: adaptations.map((each) => redactWarning(each, confidential)),
    refusals: refusals.map(({ hint, ...each }) => ({
      ...each,
      message: redactText(each.message, confidential),
      ...(hint !== undefined && { hint: redactText(hint, confidential) }),
    })),
  };
}
