/** What goes wrong with a database, sorted by what may be done about it. */
import { AiImageError } from '../../../providers/protocol/errors.ts';

/**
 * `conflict`: it was undone, since another one was in its way, and may be done again. `connection`: nobody knows whether it was done.
 * `other`: again would be no better.
 */
export type FaultKind = 'conflict' | 'connection' | 'other';

/** Inside this folder only: whoever uses a store hears an `AiImageError`. */
export class DatabaseFault extends Error {
  readonly kind: FaultKind;
  readonly code: string | undefined;

  constructor(cause: unknown) {
    const code = codeOf(cause);
    super(cause instanceof Error ? cause.message : String(cause));
    this.code = code;
    this.kind = kindOf(code, this.message);
  }
}

export const TIMED_OUT = 'TIMED_OUT';
export const timedOut = (): Error => Object.assign(new Error('it did not answer in time'), { code: TIMED_OUT });

/** Serialization failure, deadlock. */
const CONFLICTS = ['40001', '40P01'];
/** Classes: connection exceptions; shut down, crashed, starting; ended for want of work. And: too many connections. */
const CONNECTION = /^(?:08...|57P0[1-5]|25P0[34]|53300)$/;
const OF_SYSTEM =
  /^(?:E(?:CONN(?:RESET|REFUSED|ABORTED)|PIPE|TIMEDOUT|HOSTUNREACH|NETUNREACH|NOTFOUND|AI_AGAIN)|TIMED_OUT)$/;
/** What node-postgres says without a code. */
const WORDS =
  /^(?:Connection terminated|Client (?:has encountered|was closed)|timeout e(?:xceeded|xpired)|Query read timeout|Cannot use a pool)/i;

function kindOf(code: string | undefined, message: string): FaultKind {
  if (code === undefined) return WORDS.test(message) ? 'connection' : 'other';
  if (CONFLICTS.includes(code)) return 'conflict';
  return CONNECTION.test(code) || OF_SYSTEM.test(code) ? 'connection' : 'other';
}

/** Several addresses of one host that all failed come as one error with many. */
function codeOf(cause: unknown): string | undefined {
  const { code, errors } = cause as { readonly code?: unknown; readonly errors?: readonly unknown[] };
  if (typeof code === 'string') return code;
  return Array.isArray(errors) && errors.length > 0 ? codeOf(errors[0]) : undefined;
}

const SAID: Readonly<Record<string, string>> = {
  '25006': 'it can only be read',
  '28000': 'it does not let this user in',
  '28P01': 'it does not take the password',
  '3D000': 'there is no such database',
  '42501': 'the user has no right to do this',
  '42P01': 'its tables are gone',
  '53100': 'its disk is full',
  '53300': 'it has too many connections',
  '55P03': 'others hold it for too long',
  '57P01': 'it was shut down',
  '57P03': 'it is starting',
  ECONNREFUSED: 'nobody answers at its address',
  EAI_AGAIN: 'its host cannot be found now',
  ENOTFOUND: 'there is no such host',
  [TIMED_OUT]: 'it does not answer in time',
};

/** Its own words are left out: they may hold addresses, or values that were sent. */
export function explained(fault: DatabaseFault): AiImageError {
  const { code, kind } = fault;
  const usual = kind === 'connection' ? 'the connection was lost' : 'it refused';
  const said = (code !== undefined && SAID[code]) || (code === undefined ? usual : `${usual} (${code})`);
  return new AiImageError('not_configured', `the database of the store cannot be used: ${said}`, {
    charged: 'no',
    hint: 'See to the database, its address and the rights of its user. No call is made until it can be used.',
    cause: Object.assign(new Error(said), { code }),
  });
}
