/**
 * Records which call an HTTP request made, before the call starts. The records are in the database of the ledger, so a server finds them
 * after a crash, and all servers on one database share them.
 */
import type { Store } from '../../../../store/index.ts';
import { ledgerAccessOf } from '../../../../store/ledger-access.ts';
import { readText } from '../../../../store/sql/sql.ts';
import { withStorageErrors } from '../../../../store/storage-error.ts';

export interface RequestClaim {
  /**
   * - `first`: a client wants a new call.
   * - `repeat`: a client without a key says that it repeats a request.
   * - `keyed`: the request has an idempotency key.
   */
  readonly kind: 'first' | 'repeat' | 'keyed';
  /** SHA-256 of what makes two requests the same call. */
  readonly identity: string;
  /** The call id, if the request makes a new call. */
  readonly call: string;
  /** SHA-256 of the request. */
  readonly hash: string;
}

export interface ClaimedCall {
  /** The call id of the request. */
  readonly call: string;
  /** SHA-256 of the request that made the call. */
  readonly hash: string;
  /** The request was recorded just now. */
  readonly isNew: boolean;
}

export interface RequestRecords {
  /**
   * Records the request, or finds the call of an earlier one. One statement and one commit; two statements when there is an earlier one.
   * @throws AiImageError `storage_failed`: nothing was recorded, and nothing was sent
   */
  readonly claim: (claim: RequestClaim) => Promise<ClaimedCall>;
  /** Removes old records. */
  readonly prune: () => Promise<void>;
  /** Whether the store keeps prompts. */
  readonly keepsPrompts: boolean;
}

/** A repeated request without a key joins the latest call that began, or was repeated, in this time. */
export const REPEAT_WINDOW_MS = 15 * 60_000;
/** A day longer than the record of the call is kept. */
const KEYED_MS = 31 * 86_400_000;
const MAX_PRUNED = 500;

const INSERT =
  'INSERT INTO server_requests (identity, call, hash, expires_at) VALUES (?, ?, ?, ?) ON CONFLICT (identity)';
const REPLACE = 'DO UPDATE SET call = excluded.call, hash = excluded.hash, expires_at = excluded.expires_at';
const EXTEND = 'UPDATE server_requests SET expires_at = ? WHERE identity = ?';
/** A record that expires later than a new one would was written by a clock that was wrong. */
const IS_OUT_OF_DATE = 'server_requests.expires_at <= ? OR server_requests.expires_at > ?';

/** @throws AiImageError `not_configured`: `createStore` did not return the store */
export function createRequestRecords(store: Store, now: () => number): RequestRecords {
  const access = ledgerAccessOf(store, 'a server');
  return withStorageErrors(store.directory, {
    keepsPrompts: access.prompts === 'text',
    async claim({ kind, identity, call, hash }: RequestClaim): Promise<ClaimedCall> {
      const database = await access.database();
      const at = now();
      const values = [identity, call, hash, at + (kind === 'keyed' ? KEYED_MS : REPEAT_WINDOW_MS)];
      if (kind === 'first') {
        await database.run(`${INSERT} ${REPLACE}`, ...values);
        return { call, hash, isNew: true };
      }
      return database.transaction(async (sql) => {
        const added =
          kind === 'keyed'
            ? await sql.run(`${INSERT} DO NOTHING`, ...values)
            : await sql.run(`${INSERT} ${REPLACE} WHERE ${IS_OUT_OF_DATE}`, ...values, at, at + 2 * REPEAT_WINDOW_MS);
        if (added > 0) return { call, hash, isNew: true };
        const [row] = await sql.all('SELECT call, hash FROM server_requests WHERE identity = ?', identity);
        // Another process can have removed it a moment ago. The record of the call still says that it is known.
        if (row === undefined) return { call, hash, isNew: false };
        // The client may repeat it again, this long after now: a call can take longer than the time between two attempts.
        if (kind === 'repeat') await sql.run(EXTEND, at + REPEAT_WINDOW_MS, identity);
        return { call: readText(row, 'call'), hash: readText(row, 'hash'), isNew: false };
      });
    },
    async prune() {
      const database = await access.database();
      let removed = MAX_PRUNED;
      while (removed === MAX_PRUNED) {
        removed = await database.run(
          `DELETE FROM server_requests WHERE identity IN
             (SELECT identity FROM server_requests WHERE expires_at < ? ORDER BY expires_at LIMIT ${MAX_PRUNED})`,
          now(),
        );
      }
    },
  });
}
