/** Checks the arguments of a queue besides those of `enqueue`. */
import { AiImageError } from '../providers/protocol/errors.ts';
import { type FieldFault, type FieldKinds, findFieldFault } from '../providers/protocol/input/check-fields.ts';
import { containsKey, describeKind, quoteName } from '../providers/protocol/input/hide-keys.ts';
import { isName, MAX_NAME_LENGTH, MAX_TIME_MS } from './check-enqueue.ts';
import type { QueueQuery } from './queue.ts';
import { type Pause, WORK_STATES } from './queue-engine.ts';

const refuse = (method: string, what: string, hint: string): AiImageError =>
  new AiImageError('invalid_request', `${method}: ${what}`, { hint, charged: 'no' });

/** @throws AiImageError `invalid_request` */
export function requireId(method: 'cancel' | 'retry' | 'find', id: unknown): void {
  if (typeof id === 'string') return;
  throw refuse(method, `the id must be a text, not ${describeKind(id)}`, 'Pass the id that enqueue returned.');
}

/** @throws AiImageError `invalid_request` */
export function checkPauseTarget(method: 'pause' | 'resume', target: Pick<Pause, 'kind' | 'name'>): void {
  const example = `Pass for example ${method}({ kind: 'provider', name: 'openai'${method === 'pause' ? ", reason: 'maintenance'" : ''} }).`;
  const { kind, name }: Partial<Record<keyof Pause, unknown>> = target ?? {};
  if (kind !== 'queue' && kind !== 'provider') throw refuse(method, "kind must be 'queue' or 'provider'", example);
  if (!isName(name) || containsKey(String(name))) {
    throw refuse(method, 'name must be the name of a queue or of a provider', example);
  }
}

/** @throws AiImageError `invalid_request` */
export function checkPause(pause: Pause): void {
  checkPauseTarget('pause', pause);
  const { untilMs, reason }: Partial<Record<keyof Pause, unknown>> = pause;
  if (!isName(reason)) {
    throw refuse('pause', `reason must be a text of 1 to ${MAX_NAME_LENGTH} characters`, 'Say why, for other people.');
  }
  if (untilMs !== undefined && !(typeof untilMs === 'number' && Math.abs(untilMs) <= MAX_TIME_MS)) {
    throw refuse('pause', 'untilMs must be milliseconds since the epoch', 'Pass for example Date.now() + 60_000.');
  }
}

const QUERY: FieldKinds<QueueQuery> = { queue: 'text', state: 'text', id: 'text', limit: 'number', after: 'object' };
const MAX_LISTED = 10_000;

/** @throws AiImageError `invalid_request` */
export function checkQueueQuery(query: QueueQuery): void {
  const fault: FieldFault | undefined = findFieldFault(query, QUERY, { whole: 'the query', field: 'field' });
  if (fault !== undefined) throw refuse('list', fault.what, fault.hint);
  const { state, limit = 1, after } = query;
  if (state !== undefined && !WORK_STATES.includes(state)) {
    throw refuse('list', `unknown state ${quoteName(state)}`, `Use one of ${WORK_STATES.join(', ')}.`);
  }
  if (!(Number.isInteger(limit) && limit >= 1 && limit <= MAX_LISTED)) {
    throw refuse('list', `limit must be a whole number from 1 to ${MAX_LISTED}`, 'Get further work with `after`.');
  }
  if (after === undefined) return;
  const isValid = after.createdAt instanceof Date && !Number.isNaN(after.createdAt.getTime()) && isName(after.id);
  if (!isValid) throw refuse('list', 'after must be the last work of a page', 'Pass what list returned last.');
}
