/** Checks what `enqueue` gets, before anything is written: what is wrong fails here, not at a worker hours later. */
import { AiImageError } from '../providers/protocol/errors.ts';
import { callIdFault } from '../providers/protocol/input/call-id-fault.ts';
import {
  type FieldFault,
  type FieldKinds,
  findFieldFault,
  findInherited,
  inheritedFault,
  isFieldObject,
  wholeFault,
} from '../providers/protocol/input/check-fields.ts';
import { containsKey, describeKind, hideRandomWords, quoteName } from '../providers/protocol/input/hide-keys.ts';
import { describeIssue, type Issue } from '../providers/protocol/input/issue.ts';
import { misplacedKeyHint, REQUEST_KEYS } from '../providers/protocol/input/misplaced-key.ts';
import { findUnknownKey, unknownKeyHint } from '../providers/protocol/input/unknown-key.ts';
import { editRequestSchema, imageRequestSchema } from '../providers/protocol/request.ts';
import { findNotJson } from './find-not-json.ts';
import { DEFAULT_QUEUE, type EnqueueOptions, type QueueRequest } from './queue.ts';

const QUEUE_NAME = /^[A-Za-z0-9_.-]{1,64}$/;
/** As for sessions of a manager. */
export const MAX_NAME_LENGTH = 256;
const MAX_PRIORITY = 100;
/** The last time that a `Date` can hold. */
export const MAX_TIME_MS = 8_640_000_000_000_000;

const OPTIONS: FieldKinds<EnqueueOptions> = {
  id: 'any',
  queue: 'any',
  priority: 'any',
  runAt: 'any',
  deadlineMs: 'any',
};

export const isName = (value: unknown) => typeof value === 'string' && value !== '' && value.length <= MAX_NAME_LENGTH;
const isNameList = (value: unknown) => Array.isArray(value) && value.every(isName);

/** The fields that only a manager understands. */
const MANAGER_FIELDS: Readonly<Record<string, readonly [isValid: (value: unknown) => boolean, rule: string]>> = {
  provider: [isName, 'must be the name of a provider'],
  profile: [isName, 'must be the name of a profile'],
  variation: [(value) => typeof value === 'string', 'must be a text'],
  session: [isName, `must be the name of a session, of at most ${MAX_NAME_LENGTH} characters`],
  output: [(value) => value === 'bytes' || value === 'url', "must be 'bytes' or 'url'"],
  parents: [isNameList, 'must be a list of ids'],
  fallback: [isNameList, 'must be a list of providers, each with or without a model'],
};
const FIELDS: readonly string[] = [...REQUEST_KEYS, ...Object.keys(MANAGER_FIELDS)];

export interface CheckedOptions {
  readonly id: string;
  readonly queue: string;
  readonly priority: number;
  /** Milliseconds since the epoch; `undefined`: now. */
  readonly runAtMs: number | undefined;
  readonly deadlineMs: number | undefined;
}

/** @throws AiImageError `invalid_request` */
export function checkEnqueueOptions(options: EnqueueOptions): CheckedOptions {
  throwFault(findFieldFault(options, OPTIONS, { whole: 'the options', field: 'option' }));
  const { id = crypto.randomUUID(), queue = DEFAULT_QUEUE, priority = 0, runAt, deadlineMs } = options;
  throwFault(callIdFault(id, 'id'));
  checkQueueName(queue, 'option queue');
  if (!Number.isInteger(priority) || Math.abs(priority) > MAX_PRIORITY) {
    throw refuse(
      `option priority must be a whole number from -${MAX_PRIORITY} to ${MAX_PRIORITY}`,
      'Higher numbers start first. Leave it out for 0.',
    );
  }
  if (runAt !== undefined && !(runAt instanceof Date && Math.abs(runAt.getTime()) <= MAX_TIME_MS)) {
    throw refuse('option runAt must be a valid Date', 'Pass for example new Date(Date.now() + 3_600_000).');
  }
  if (deadlineMs !== undefined && !(typeof deadlineMs === 'number' && deadlineMs > 0 && deadlineMs < Infinity)) {
    throw refuse('option deadlineMs must be a number of milliseconds above 0', 'Pass for example 120_000.');
  }
  return { id, queue, priority: priority + 0, runAtMs: runAt?.getTime(), deadlineMs };
}

/** @throws AiImageError `invalid_request` */
function checkQueueName(name: unknown, what: string): void {
  if (typeof name === 'string' && QUEUE_NAME.test(name) && !containsKey(name)) return;
  throw refuse(
    `${what} must have 1 to 64 letters, digits or the characters - _ .`,
    `Pass for example 'images', not ${quoteName(name)}.`,
  );
}

/** @throws AiImageError `invalid_request` */
export function checkQueueRequest(request: QueueRequest): void {
  throwFault(isFieldObject(request) ? undefined : wholeFault(request, 'the request'));
  const inherited = findInherited(request, FIELDS);
  if (inherited !== undefined) throwFault(inheritedFault(`request.${hideRandomWords(inherited)}`, 'the request'));
  const unknown = findUnknownKey(request, FIELDS);
  if (unknown !== undefined) {
    throw refuse(
      `unknown field ${quoteName(unknown)} in the request`,
      Object.hasOwn(OPTIONS, unknown)
        ? `Pass it in the second argument: enqueue(request, { ${unknown} }).`
        : (misplacedKeyHint(unknown, FIELDS) ?? unknownKeyHint(unknown, FIELDS, 'fields')),
    );
  }
  const given: Readonly<Record<string, unknown>> = { ...request };
  for (const [name, [isValid, rule]] of Object.entries(MANAGER_FIELDS)) {
    if (given[name] === undefined || isValid(given[name])) continue;
    const hint =
      name === 'session'
        ? "Pass its name, for example session: 'user-42'. The worker opens it: manager.session(name)."
        : 'Correct it, or leave it out.';
    throw refuse(`request.${name} ${rule}, not ${describeKind(given[name])}`, hint);
  }
  checkJson(given);
  checkProtocolFields(given);
}

function checkJson({ inputImages: _, mask: __, ...fields }: Readonly<Record<string, unknown>>): void {
  const found = findNotJson(fields, 'request');
  if (found === undefined) return;
  throw refuse(
    `${found.field} ${found.rule}`,
    'A queue stores the request as JSON. Pass texts, numbers, booleans, arrays and plain objects.',
  );
}

function checkProtocolFields(given: Readonly<Record<string, unknown>>): void {
  const own = Object.fromEntries(Object.entries(given).filter(([name]) => !Object.hasOwn(MANAGER_FIELDS, name)));
  const isEdit = ['inputImages', 'mask', 'operation'].some((name) => own[name] !== undefined);
  const parsed = (isEdit ? editRequestSchema : imageRequestSchema).safeParse(own);
  if (parsed.success) return;
  const issue = parsed.error.issues[0] as Issue | undefined; // zod reports at least one
  const place = (issue?.path ?? []).map((part) => hideRandomWords(String(part)).slice(0, 40)).join('.');
  throw refuse(
    `request${place === '' ? '' : `.${place}`} ${issue ? describeIssue(issue) : 'is invalid'}`,
    'Correct it. Nothing was added.',
  );
}

function throwFault(fault: FieldFault | undefined): void {
  if (fault !== undefined) throw refuse(fault.what, fault.hint);
}

const refuse = (what: string, hint: string): AiImageError =>
  new AiImageError('invalid_request', `enqueue: ${what}`, { hint, charged: 'no' });
