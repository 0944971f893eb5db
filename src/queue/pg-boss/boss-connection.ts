/** Runs the statements of pg-boss on the connections of the store. */
import type { Db } from 'pg-boss';
import type { Connections } from '../../store/sql/postgres/connect.ts';
import { splitStatements } from './split-statements.ts';

/** Rejects with `DatabaseFault`, which has PostgreSQL's own message: pg-boss reads it. */
export const createBossConnection = ({ query, transaction }: Connections): Db => ({
  async executeSql(text, values = []) {
    const statements = readTransaction(text);
    if (statements === undefined) return { rows: [...(await query(text, values)).rows] };
    const rows = await transaction(async (ask) => {
      const answers: unknown[] = [];
      for (const statement of statements) answers.push(...(await ask(statement, [])).rows);
      return answers;
    });
    return { rows };
  },
});

/**
 * pg-boss sends its installation, its migrations and new queues as one text with several statements, which begins and commits itself.
 * PGlite and the extended protocol accept one at a time, so they run in a transaction of the store.
 * @returns the statements between BEGIN and COMMIT
 */
function readTransaction(text: string): readonly string[] | undefined {
  if (!text.trimStart().startsWith('BEGIN;')) return undefined;
  const [begin, ...statements] = splitStatements(text);
  return begin === 'BEGIN' && statements.at(-1) === 'COMMIT' ? statements.slice(0, -1) : undefined;
}
