/** What was spent and promised, and which calls are under way. What was said to be written here survives a power failure. */
import { randomBytes } from 'node:crypto';
import type { JobHandle } from '../providers/protocol/index.ts';
import type { CallState, JobRecord, JobRecords, Ledger, Refused, Spending } from './ports.ts';
import { withoutPrompt } from './prompt-mark.ts';
import { type Database, type Row, type Sql, text, whole } from './sql.ts';

export const MONEY_SCHEMA = `
CREATE TABLE IF NOT EXISTS scopes (name TEXT PRIMARY KEY, taken_micros BIGINT NOT NULL);
CREATE TABLE IF NOT EXISTS spendings (
  id TEXT PRIMARY KEY, at TEXT NOT NULL, provider TEXT NOT NULL, model TEXT NOT NULL, images INTEGER NOT NULL,
  micros BIGINT NOT NULL, state TEXT NOT NULL, scopes TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS spendings_by_time ON spendings (at);
CREATE TABLE IF NOT EXISTS calls (
  id TEXT PRIMARY KEY, provider TEXT NOT NULL, model TEXT NOT NULL, reservation TEXT NOT NULL, state TEXT NOT NULL,
  started_at TEXT NOT NULL, owner TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS jobs (
  call TEXT NOT NULL, job TEXT NOT NULL, handle TEXT NOT NULL, PRIMARY KEY (call, job));
CREATE INDEX IF NOT EXISTS jobs_by_id ON jobs (job);
`;

/** What a day, a provider and a model came to. */
export interface UsageRow {
  /** `YYYY-MM-DD`, in UTC. */
  readonly day: string;
  readonly provider: string;
  readonly model: string;
  readonly calls: number;
  readonly images: number;
  readonly usd: number;
}

class LimitReached extends Error {
  readonly refused: Refused;

  constructor(refused: Refused) {
    super('a limit is reached');
    this.refused = refused;
  }
}

export function createLastingLedger(db: Database, now: () => number): Ledger {
  /** Takes a promise's place, once: whoever comes second finds it settled. */
  const settle = (id: string, micros: number, state: 'spent' | 'released') =>
    db.transaction(async (sql) => {
      const [row] = await sql.all("SELECT micros, scopes FROM spendings WHERE id = ? AND state = 'promised'", id);
      if (row === undefined) return;
      const changed = await sql.run(
        "UPDATE spendings SET state = ?, micros = ? WHERE id = ? AND state = 'promised'",
        ...[state, micros, id],
      );
      if (changed === 0) return;
      for (const name of readNames(row)) {
        await sql.run(
          'UPDATE scopes SET taken_micros = taken_micros + ? WHERE name = ?',
          micros - whole(row, 'micros'),
          name,
        );
      }
    });
  return {
    async reserve({ micros, provider, model, images }, scopes) {
      if (!Number.isSafeInteger(micros) || micros < 0) throw new RangeError(`${micros} is no amount of micro-dollars`);
      const id = randomBytes(16).toString('hex');
      // Always in the same order: two who want the same scopes do not hold each other up.
      const sorted = [...scopes].sort((one, other) => (one.name < other.name ? -1 : 1));
      try {
        await db.transaction(async (sql) => {
          const names = sorted.map(({ name }) => name);
          const at = new Date(now()).toISOString();
          // First, so that what is done again after a lost answer counts once.
          const spending = { id, at, provider, model, images, micros, state: 'promised', scopes: names } as const;
          if (!(await insertSpending(sql, spending))) return;
          for (const { name, limitMicros } of sorted) {
            await sql.run('INSERT INTO scopes (name, taken_micros) VALUES (?, 0) ON CONFLICT (name) DO NOTHING', name);
            const changed = await sql.run(
              'UPDATE scopes SET taken_micros = taken_micros + ? WHERE name = ? AND taken_micros + ? <= ?',
              ...[micros, name, micros, limitMicros ?? Number.MAX_SAFE_INTEGER],
            );
            if (changed > 0) continue;
            const [row] = await sql.all('SELECT taken_micros FROM scopes WHERE name = ?', name);
            const takenMicros = row === undefined ? 0 : whole(row, 'taken_micros');
            throw new LimitReached({ scope: { name, limitMicros: limitMicros ?? 0 }, takenMicros });
          }
        });
      } catch (error) {
        if (error instanceof LimitReached) return error.refused;
        throw error;
      }
      return id;
    },
    settle: (id, micros) => settle(id, micros, 'spent'),
    release: (id) => settle(id, 0, 'released'),
    async taken(scope) {
      const [row] = await db.all('SELECT taken_micros FROM scopes WHERE name = ?', scope);
      return row === undefined ? 0 : whole(row, 'taken_micros');
    },
  };
}

interface WrittenSpending extends Spending {
  readonly id: string;
  /** ISO 8601. */
  readonly at: string;
  readonly state: 'promised' | 'spent';
  readonly scopes: readonly string[];
}

async function insertSpending(sql: Sql, spending: WrittenSpending): Promise<boolean> {
  const { id, at, provider, model, images, micros, state, scopes } = spending;
  const changed = await sql.run(
    `INSERT INTO spendings (id, at, provider, model, images, micros, state, scopes) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (id) DO NOTHING`,
    ...[id, at, provider, model, images, micros, state, JSON.stringify(scopes)],
  );
  return changed > 0;
}

/** What is known to be spent, whatever the limits say. Said twice, it is counted once. */
export async function recordSpending(sql: Sql, spending: WrittenSpending): Promise<void> {
  if (!(await insertSpending(sql, spending))) return;
  for (const name of spending.scopes) {
    await sql.run(
      `INSERT INTO scopes AS known (name, taken_micros) VALUES (?, ?)
       ON CONFLICT (name) DO UPDATE SET taken_micros = known.taken_micros + excluded.taken_micros`,
      ...[name, spending.micros],
    );
  }
}

/**
 * Calls and jobs on record, and promises that nobody has settled. What is there already is left as it is.
 * @param spent also what was spent @throws Error where the old ledger cannot be read any further
 */
export async function takeOver(from: Sql, into: Database, spent = false): Promise<void> {
  const calls = await from.all('SELECT id, provider, model, reservation, state, started_at, owner FROM calls');
  const jobs = await from.all('SELECT call, job, handle FROM jobs');
  await into.transaction(async (sql) => {
    for (const { id, provider, model, reservation, state, started_at, owner } of calls) {
      await sql.run(
        `INSERT INTO calls (id, provider, model, reservation, state, started_at, owner) VALUES (?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT DO NOTHING`,
        ...[id, provider, model, reservation, state, started_at, owner].map((value) => value ?? null),
      );
    }
    for (const { call, job, handle } of jobs) {
      await sql.run(
        'INSERT INTO jobs (call, job, handle) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
        ...[call, job, handle].map((value) => value ?? null),
      );
    }
  });
  const spendings = await from.all(
    "SELECT * FROM spendings WHERE state = 'promised' OR (state = 'spent' AND ? = 1)",
    +spent,
  );
  await into.transaction(async (sql) => {
    for (const row of spendings) {
      await recordSpending(sql, {
        id: text(row, 'id'),
        at: text(row, 'at'),
        provider: text(row, 'provider'),
        model: text(row, 'model'),
        images: whole(row, 'images'),
        micros: whole(row, 'micros'),
        state: row.state === 'spent' ? 'spent' : 'promised',
        scopes: readNames(row),
      });
    }
  });
}

export const readNames = (row: Row): readonly string[] => JSON.parse(text(row, 'scopes')) as readonly string[]; // written above

/** @param since a date or time, ISO 8601 */
export async function usageSince(db: Database, since: string): Promise<readonly UsageRow[]> {
  const rows = await db.all(
    `SELECT SUBSTR(at, 1, 10) AS day, provider, model, COUNT(*) AS calls, SUM(images) AS images, SUM(micros) AS micros
     FROM spendings WHERE state <> 'released' AND at >= ? GROUP BY SUBSTR(at, 1, 10), provider, model
     ORDER BY day, provider, model`,
    since,
  );
  return rows.map((row) => ({
    day: text(row, 'day'),
    provider: text(row, 'provider'),
    model: text(row, 'model'),
    calls: whole(row, 'calls'),
    images: whole(row, 'images'),
    usd: whole(row, 'micros') / 1e6,
  }));
}

export interface RecordSettings {
  /** Of this opening of the store. */
  readonly token: string;
  readonly isAlive: (token: string) => Promise<boolean>;
  readonly now: () => number;
  /** Whether handles keep their prompts. */
  readonly prompts: 'text' | 'hash';
}

const RECORD = `SELECT c.id, c.provider, c.model, c.reservation, c.state, c.started_at, c.owner, j.handle
  FROM calls c LEFT JOIN jobs j ON j.call = c.id`;

export function createLastingRecords(db: Database, { token, isAlive, now, prompts }: RecordSettings): JobRecords {
  const toRecord = async (row: Row): Promise<JobRecord> => {
    const owner = text(row, 'owner');
    const isOpen = row.state === 'submitting' || row.state === 'running';
    const isHeld = isOpen && owner !== token && (await isAlive(owner));
    // Nobody will ever say how it ended.
    const isLost = row.state === 'submitting' && owner !== token && !isHeld;
    return {
      id: text(row, 'id'),
      provider: text(row, 'provider'),
      model: text(row, 'model'),
      reservation: text(row, 'reservation'),
      state: isLost ? 'unknown' : (text(row, 'state') as CallState),
      startedAt: text(row, 'started_at'),
      isHeld,
      ...(row.handle != null && { handle: JSON.parse(text(row, 'handle')) as JobHandle }), // written below
    };
  };
  return {
    async begin({ id, provider, model, reservation }) {
      await db.run(
        `INSERT INTO calls (id, provider, model, reservation, state, started_at, owner)
         VALUES (?, ?, ?, ?, 'submitting', ?, ?) ON CONFLICT (id) DO NOTHING`,
        ...[id, provider, model, reservation, new Date(now()).toISOString(), token],
      );
    },
    submitted: (id, handle) =>
      db.transaction(async (sql) => {
        await sql.run(
          'INSERT INTO jobs (call, job, handle) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
          ...[id, handle.id, JSON.stringify(prompts === 'text' ? handle : withoutPrompt(handle))],
        );
        await sql.run("UPDATE calls SET state = 'running' WHERE id = ?", id);
      }),
    end: (id, state) =>
      db.transaction(async (sql) => {
        const jobs = await sql.all('SELECT job FROM jobs WHERE call = ?', id);
        if (jobs.length === 0 && state !== 'unknown') await sql.run('DELETE FROM calls WHERE id = ?', id);
        else await sql.run('UPDATE calls SET state = ? WHERE id = ?', state, id);
      }),
    async claim(id) {
      const [row] = await db.all('SELECT owner FROM calls WHERE id = ?', id);
      if (row === undefined) return false;
      const owner = text(row, 'owner');
      if (owner === token) return true;
      if (await isAlive(owner)) return false;
      return (await db.run('UPDATE calls SET owner = ? WHERE id = ? AND owner = ?', token, id, owner)) > 0;
    },
    async find(id) {
      const [row] = await db.all(`${RECORD} WHERE c.id = ? OR j.job = ? ORDER BY c.started_at DESC LIMIT 1`, id, id);
      return row && toRecord(row);
    },
    async list() {
      const rows = await db.all(`${RECORD} ORDER BY c.started_at DESC, c.id LIMIT 1000`);
      return Promise.all(rows.map(toRecord));
    },
  };
}
