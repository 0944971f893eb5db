/** Adds work. */
import { setImmediate as yieldToOthers } from 'node:timers/promises';
import type { Sql } from '../../store/sql/sql.ts';
import type { NewWork } from '../queue-engine.ts';
import { rankOf } from './work-tables.ts';

/** Rows after which other work of the process runs. */
const ROWS_WITHOUT_PAUSE = 200;

/** Runs in a transaction. */
export async function addWork(
  sql: Sql,
  work: readonly NewWork[],
  now: number,
): Promise<readonly ('added' | 'known')[]> {
  const outcomes: ('added' | 'known')[] = [];
  for (const { id, queue, provider = '', payload, donePayload = null, version, priority, runAtMs } of work) {
    const waitingSince = Math.max(now, runAtMs);
    const added = await sql.run(
      `INSERT INTO work (id, queue, provider, version, priority, state, is_ready, rank, waiting_since, run_at, created_at, payload,
         done_payload) VALUES (?, ?, ?, ?, ?, 'waiting', ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
      ...[id, queue, provider, version, priority, runAtMs <= now ? 1 : 0, rankOf(waitingSince, priority)],
      ...[waitingSince, runAtMs, now, payload, donePayload],
    );
    outcomes.push(added > 0 ? 'added' : 'known');
    if (outcomes.length % ROWS_WITHOUT_PAUSE === 0) await yieldToOthers();
  }
  return outcomes;
}
