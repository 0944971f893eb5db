/** Sorts errors of a database by what can be done about them. */
import { AiImageError } from '../../../providers/protocol/errors.ts';

/**
 * - `conflict`: rolled back because of other transactions, a limit or a lack of resources; can be repeated.
 * - `connection`: it is unknown whether it was committed.
 * - `other`: repeating it would fail again.
 */
export type FaultKind = 'conflict' | 'connection' | 'other';

/** Used inside this folder only. Callers of a store get an `AiImageError`. */
export class DatabaseFault extends Error {
  readonly kind: FaultKind;
  readonly code: string | undefined;
  /** What the user may not use, for example `schema ai_image`. Other parts of the message could be values that were sent. */
  readonly forbidden: string | undefined;

  constructor(cause: unknown) {
    const code = codeOf(cause);
    super(cause instanceof Error ? cause.message : String(cause));
    this.code = code;
    this.kind = kindOf(code, this.message);
    this.forbidden = code === FORBIDDEN ? FORBIDDEN_MESSAGE.exec(this.message)?.[1] : undefined;
  }
}

const FORBIDDEN = '42501';
const FORBIDDEN_HINT =
  'Grant the user USAGE on the schema, and SELECT, INSERT, UPDATE and DELETE on its tables. To create or upgrade the tables, a user needs CREATE: open the store once as their owner.';
/** In English, the default language of PostgreSQL's messages. In another language, the error does not name the object. */
const FORBIDDEN_MESSAGE =
  /^(?:permission denied for|must be owner of) ((?:database|schema|table|relation|index) [A-Za-z0-9_]{1,63})$/;

export const TIMED_OUT = 'TIMED_OUT';
export const timedOut = (): Error => Object.assign(new Error('it did not answer in time'), { code: TIMED_OUT });

/**
 * Serialization failure, deadlock; out of memory; a lock that another transaction held for too long; a statement that was cancelled, by a
 * person or by `statement_timeout`. A COMMIT that is cancelled while it waits for a standby succeeds with a warning. Source: PostgreSQL 15,
 * "PostgreSQL Error Codes" and "synchronous_commit".
 */
const CONFLICT_CODES = ['40001', '40P01', '53200', '55P03', '57014'];
/** A standby, which may be promoted. The connection is not used again, because after that another server may have the address. */
export const READ_ONLY = '25006';
/** Connection exceptions; shutdown, crash, startup; ended because idle; too many connections; `READ_ONLY`. */
const CONNECTION_CODES = /^(?:08...|57P0[1-5]|25P0[34]|53300|25006)$/;
const SYSTEM_CODES =
  /^(?:E(?:CONN(?:RESET|REFUSED|ABORTED)|PIPE|TIMEDOUT|HOSTUNREACH|NETUNREACH|NOTFOUND|AI_AGAIN)|TIMED_OUT)$/;
/** Messages of node-postgres that have no code. */
const CONNECTION_MESSAGES =
  /^(?:Connection terminated|Client (?:has encountered|was closed)|timeout e(?:xceeded|xpired)|Query read timeout|Cannot use a pool)/i;

function kindOf(code: string | undefined, message: string): FaultKind {
  if (code === undefined) return CONNECTION_MESSAGES.test(message) ? 'connection' : 'other';
  if (CONFLICT_CODES.includes(code)) return 'conflict';
  return CONNECTION_CODES.test(code) || SYSTEM_CODES.test(code) ? 'connection' : 'other';
}

/** When all addresses of a host fail, Node reports one error that contains the others. */
function codeOf(cause: unknown): string | undefined {
  const { code, errors } = cause as { readonly code?: unknown; readonly errors?: readonly unknown[] };
  if (typeof code === 'string') return code;
  return Array.isArray(errors) && errors.length > 0 ? codeOf(errors[0]) : undefined;
}

const REASONS: Readonly<Record<string, string>> = {
  [READ_ONLY]: 'it is read-only, for example a standby that was not promoted',
  '28000': 'it does not accept this user',
  '28P01': 'the password is wrong',
  '3D000': 'the database does not exist',
  [FORBIDDEN]: 'the user lacks a permission',
  '42P01': 'its tables are missing',
  '53100': 'its disk is full',
  '53200': 'it is out of memory',
  '53300': 'it has too many connections',
  '55P03': 'another transaction held a lock for too long',
  '57014': 'it cancelled a statement, for example because of its statement_timeout',
  '57P01': 'it was shut down',
  '57P03': 'it is starting',
  ECONNREFUSED: 'the connection was refused',
  EAI_AGAIN: 'its host name cannot be resolved at the moment',
  ENOTFOUND: 'its host does not exist',
  [TIMED_OUT]: 'it did not answer in time',
};

/** The address, the user or the password in the settings is wrong. */
const SETTINGS_CODES: readonly string[] = ['28000', '28P01', '3D000', 'ENOTFOUND'];
export const isWrongSetting = ({ code }: DatabaseFault): boolean => code !== undefined && SETTINGS_CODES.includes(code);

/**
 * Makes an error with the code `not_configured` if the settings are wrong, and `storage_failed` if the database failed. Leaves out the database's own message, which may contain addresses or values
 * that were sent.
 */
export function toDatabaseError(fault: DatabaseFault): AiImageError {
  const { code, kind, forbidden } = fault;
  const fallback = kind === 'connection' ? 'the connection was lost' : 'it refused';
  const known = (code !== undefined && REASONS[code]) || (code === undefined ? fallback : `${fallback} (${code})`);
  const reason = forbidden === undefined ? known : `${known} for ${forbidden}`;
  return new AiImageError(
    isWrongSetting(fault) ? 'not_configured' : 'storage_failed',
    `the database of the store cannot be used: ${reason}`,
    {
      charged: 'no',
      hint:
        code === FORBIDDEN
          ? FORBIDDEN_HINT
          : 'Check the database, its address and the permissions of its user. No call is made until it can be used.',
      cause: Object.assign(new Error(reason), { code }),
    },
  );
}
