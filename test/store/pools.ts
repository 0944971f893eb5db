/** A pool like that of node-postgres, on PGlite: one connection, which tests can make fail. */
import type { PGlite } from '@electric-sql/pglite';
import type { SqlAnswer, SqlClient, SqlPool } from '../../src/store/index.ts';

export interface Trouble {
  /** Called before a statement. When it throws, the statement fails and was not executed. */
  before?: (text: string) => void | Promise<void>;
  /** Called after a statement. When it throws, the statement fails although it was executed. */
  after?: (text: string) => void;
}

export const sqlError = (code: string, message = 'planned') => Object.assign(new Error(message), { code });

export function poolOn(
  pglite: PGlite,
  trouble: Trouble = {},
): SqlPool & { readonly released: (boolean | undefined)[] } {
  let last: Promise<unknown> = Promise.resolve();
  const released: (boolean | undefined)[] = [];
  const ask = async (text: string, values?: unknown[]): Promise<SqlAnswer> => {
    await trouble.before?.(text);
    const answer = await pglite.query(text, values);
    trouble.after?.(text);
    return answer;
  };
  /** Waits for the only connection. */
  async function take(): Promise<{ readonly client: SqlClient; readonly free: () => void }> {
    let free: () => void = () => undefined;
    const before = last;
    last = new Promise<void>((done) => {
      free = done;
    });
    await before;
    return { client: { query: ask }, free };
  }
  return {
    released,
    async query(text, values) {
      const { client, free } = await take();
      return client.query(text, values).finally(free);
    },
    async connect() {
      const { client, free } = await take();
      return {
        ...client,
        release(error) {
          released.push(error === true);
          // A server rolls back when a connection closes.
          const over = error ? pglite.query('ROLLBACK').catch(() => undefined) : Promise.resolve();
          over.then(free);
        },
      };
    },
  };
}
