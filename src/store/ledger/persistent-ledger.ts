/** The ledger on disk. A method resolves after its change is committed, so it survives a power failure. */
import { randomBytes } from 'node:crypto';
import { AiImageError } from '../../providers/protocol/errors.ts';
import type { Ledger, Refused } from '../interfaces/ledger.ts';
import { type Database, type Row, readInteger, readText, type Sql } from '../sql/sql.ts';
import { toScopeKey } from './scope-key.ts';
import { insertSpending, readSpending, type SpendingEntry } from './spendings.ts';
import { basisOf, raiseStored, recordStoredCost, releaseStored } from './stored-entry.ts';
import { addToOutbox, type OutboxContent } from './usage-outbox.ts';

class BudgetExceeded extends Error {
  readonly refused: Refused;

  constructor(refused: Refused) {
    super('the budget is exceeded');
    this.refused = refused;
  }
}

/** Finds the open reservations of a call that no record of the call has. Ids are compared by their bytes; a call id has no slash. */
const LOST = `SELECT id FROM spendings WHERE id > ? AND id < ? AND state = 'promised' AND id NOT IN
  (SELECT reservation FROM calls WHERE id = ? OR (id > ? AND id < ?))`;

export interface LedgerParams {
  /** The clock of this machine, in milliseconds since the epoch. */
  readonly now: () => number;
  /** The clock that all machines share, which is used in its place. */
  readonly sharedNow?: Database['now'];
  /** Called after rows were added to the outbox of the usage sinks. */
  readonly onUsage?: () => void;
}

/** An entry, how often its cost was recorded, and the record of its call. */
const FIND_ENTRY = `SELECT s.*, COALESCE(s.call, (SELECT MIN(c.id) FROM calls c WHERE c.reservation = s.id)) AS call_id
  FROM spendings s WHERE s.id = ?`;

export function createPersistentLedger(db: Database, { now, sharedNow, onUsage }: LedgerParams): Ledger {
  /**
   * Updates an entry and the sums of its scopes. Repeating it after a lost answer changes nothing.
   * @param update returns `undefined` to leave the entry as it is
   */
  const updateEntry = async (
    id: string,
    update: (entry: SpendingEntry) => Pick<SpendingEntry, 'micros' | 'state'> | undefined,
  ) => {
    const hasUsage = await db.transaction(async (sql) => {
      for (;;) {
        const [row] = await sql.all(FIND_ENTRY, id);
        if (row === undefined) return false;
        const entry = readSpending(row);
        const updated = update(entry);
        if (updated === undefined) return false;
        const before = readInteger(row, 'revision');
        const call = row.call_id == null ? undefined : readText(row, 'call_id');
        const isRecorded = isUsage(updated.state, before, call);
        const revision = before + (isRecorded ? 1 : 0);
        const count = await sql.run(
          `UPDATE spendings SET state = ?, micros = ?, promised = ?, revision = ?, call = ?
           WHERE id = ? AND state = ? AND micros = ? AND COALESCE(revision, 0) = ?`,
          ...[updated.state, updated.micros, entry.promised, revision, call ?? null],
          ...[id, entry.state, entry.micros, before],
        );
        // Another process changed it in between, so the update is computed again.
        if (count === 0) continue;
        const difference = updated.micros - entry.micros;
        for (const name of entry.scopes) {
          await sql.run('UPDATE scopes SET taken_micros = taken_micros + ? WHERE name = ?', difference, name);
        }
        return isRecorded && addUsage(sql, row, { ...entry, ...updated }, { revision, call, now: now() });
      }
    });
    if (hasUsage) onUsage?.();
  };
  return {
    now: async () => sharedNow?.(),
    async reserve({ micros, provider, model, images }, scopes, call) {
      requireAmount(micros);
      const random = randomBytes(16).toString('hex');
      const id = call === undefined ? random : `${call}/${random}`;
      // The same order in every transaction, so that two of them cannot deadlock.
      const sorted = [...scopes].sort((one, other) => (one.name < other.name ? -1 : 1));
      const at = new Date((await sharedNow?.()) ?? now()).toISOString();
      try {
        await db.transaction(async (sql) => {
          const names = sorted.map(({ name }) => name);
          // Inserted first, so that a transaction repeated after a lost answer counts once.
          const spending = { id, at, provider, model, images, micros, state: 'promised', scopes: names } as const;
          if (!(await insertSpending(sql, spending))) return;
          for (const { name, limitMicros } of sorted) {
            const key = toScopeKey(name);
            await sql.run('INSERT INTO scopes (name, taken_micros) VALUES (?, 0) ON CONFLICT (name) DO NOTHING', key);
            const changed = await sql.run(
              'UPDATE scopes SET taken_micros = taken_micros + ? WHERE name = ? AND taken_micros + ? <= ?',
              ...[micros, key, micros, limitMicros ?? Number.MAX_SAFE_INTEGER],
            );
            if (changed > 0) continue;
            const [row] = await sql.all('SELECT taken_micros FROM scopes WHERE name = ?', key);
            const takenMicros = row === undefined ? 0 : readInteger(row, 'taken_micros');
            throw new BudgetExceeded({ scope: { name, limitMicros: limitMicros ?? 0 }, takenMicros });
          }
        });
      } catch (error) {
        if (error instanceof BudgetExceeded) return error.refused;
        throw error;
      }
      return id;
    },
    async releaseLost(call) {
      const lost = await db.all(LOST, `${call}/`, `${call}0`, call, `${call}-`, `${call}.`);
      for (const row of lost) await updateEntry(readText(row, 'id'), (entry) => releaseStored(entry, 'reported'));
    },
    async raiseReservation(id, minMicros) {
      requireAmount(minMicros);
      await updateEntry(id, (entry) => raiseStored(entry, minMicros));
    },
    async recordCost(id, micros, basis = 'reported') {
      if (micros !== undefined) requireAmount(micros);
      await updateEntry(id, (entry) => recordStoredCost(entry, micros, basis));
    },
    release: (id, basis = 'reported') => updateEntry(id, (entry) => releaseStored(entry, basis)),
    async split(id, { micros: requested, images }) {
      requireAmount(requested);
      const part = randomBytes(16).toString('hex');
      await db.transaction(async (sql) => {
        for (;;) {
          const [row] = await sql.all('SELECT * FROM spendings WHERE id = ?', id);
          if (row === undefined) throw missingEntryError(id);
          const { micros: before, state, scopes } = readSpending(row);
          const isOpen = state === 'promised';
          const micros = isOpen ? Math.min(requested, before) : 0;
          const entry = {
            id: part,
            at: readText(row, 'at'),
            provider: readText(row, 'provider'),
            model: readText(row, 'model'),
          };
          // Checked first, so that a transaction repeated after a lost answer changes nothing.
          const [done] = await sql.all('SELECT id FROM spendings WHERE id = ?', part);
          if (done !== undefined) return;
          const moved = await sql.run(
            `UPDATE spendings SET micros = micros - ?, promised = COALESCE(promised, micros) - ?, images = images - ?
             WHERE id = ? AND state = ? AND micros = ?`,
            ...[micros, micros, isOpen ? Math.min(images, readInteger(row, 'images')) : 0, id, state, before],
          );
          if (moved === 0) continue;
          await insertSpending(sql, { ...entry, images, micros, state: 'promised', scopes });
          return;
        }
      });
      return part;
    },
    async taken(scope) {
      const [row] = await db.all('SELECT taken_micros FROM scopes WHERE name = ?', toScopeKey(scope));
      return row === undefined ? 0 : readInteger(row, 'taken_micros');
    },
  };
}

/**
 * Whether the usage sinks get the new state of an entry. A reservation that is released before its call was recorded is not a cost: nothing
 * was sent.
 */
function isUsage(state: SpendingEntry['state'], revision: number, call: string | undefined): boolean {
  if (state === 'promised') return false;
  return state !== 'released' || revision > 0 || call !== undefined;
}

/** @returns whether there is a sink */
function addUsage(
  sql: Sql,
  row: Row,
  { micros, state, scopes }: SpendingEntry,
  { revision, call, now }: { readonly revision: number; readonly call: string | undefined; readonly now: number },
): Promise<boolean> {
  const content: OutboxContent = {
    call,
    at: readText(row, 'at'),
    recordedAt: new Date(now).toISOString(),
    provider: readText(row, 'provider'),
    model: readText(row, 'model'),
    images: readInteger(row, 'images'),
    micros,
    basis: basisOf(state),
    scopes,
  };
  return addToOutbox(sql, { entry: readText(row, 'id'), revision, content, now });
}

function requireAmount(micros: number): void {
  if (Number.isSafeInteger(micros) && micros >= 0) return;
  throw new RangeError(`${micros} is not an amount: micro-dollars are whole numbers from 0`);
}

/** The manager has the id from `reserve`, so the ledger is another one than before. */
const missingEntryError = (id: string) =>
  new AiImageError('storage_failed', `the ledger has no entry ${JSON.stringify(id.slice(0, 64))}`, {
    hint: 'It was replaced or restored while a call was running. Compare what it records with what the vendor charged.',
  });
