/**
 * The statements of each piece of work as functions of the database. PostgreSQL plans a statement each time that it is sent; half of the
 * processor time of a claim is its plan. A connection keeps the plans of the functions that it has called. Prepared statements would keep
 * them too, but pgbouncer in transaction mode gives the next transaction another connection, which knows no statement by that name.
 */
import { createHash } from 'node:crypto';
import { tablesOf } from './boss-tables.ts';
import { createStatements } from './work-statements.ts';

export interface BossFunction {
  /** Ends with a hash of what the function does, so that two versions of this package work in one database at the same time. */
  readonly name: string;
  readonly create: string;
  /** The statement that calls it, with the same parameters. */
  readonly call: string;
}

export interface BossFunctions {
  readonly add: BossFunction;
  readonly claim: BossFunction;
  readonly complete: BossFunction;
}

const HASH_LENGTH = 12;

/**
 * How the functions are planned: once, not for each value. Without reading whole tables, because a plan that was made while the jobs were
 * few is kept while they become many. Without compiling (JIT), which costs more than it saves here.
 */
const SETTINGS = 'SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET jit = off';

/** @param schema that of pg-boss */
export function functionsOf(schema: string): BossFunctions {
  const { add, claim, complete } = createStatements(tablesOf(schema));
  const define = (purpose: string, statement: string, parameters: readonly string[], columns: string): BossFunction => {
    const body = `(${parameters.join(', ')}) RETURNS SETOF record LANGUAGE plpgsql VOLATILE ${SETTINGS}
      AS $ai_image$ BEGIN RETURN QUERY ${statement}; END $ai_image$`;
    const name = `ai_image_${purpose}_${createHash('sha256').update(body).digest('hex').slice(0, HASH_LENGTH)}`;
    const numbers = parameters.map((_, index) => `$${index + 1}`).join(', ');
    return {
      name,
      create: `CREATE FUNCTION "${schema}".${name} ${body}`,
      call: `SELECT * FROM "${schema}".${name}(${numbers}) AS f (${columns})`,
    };
  };
  return {
    add: define('add', add, ['text', 'text'], 'id text'),
    claim: define(
      'claim',
      claim,
      ['text', 'text', 'int', 'float8', 'text', 'int'],
      'expired int, data text, progress text, attempt int',
    ),
    complete: define('complete', complete, ['text'], 'id text'),
  };
}
