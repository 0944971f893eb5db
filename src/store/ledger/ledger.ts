/** What was spent and promised. What was said to be written here survives a power failure. */
import { randomBytes } from 'node:crypto';
import type { Ledger, Refused, Spending, SpendingBasis } from '../interfaces.ts';
import { type Database, type Row, type Sql, text, whole } from '../sql/sql.ts';

/** As it stands in the index of open calls: a query that says the same uses it. */
export const IS_OPEN = "state IN ('submitting', 'running', 'unknown')";

export const LEDGER_SCHEMA = `
CREATE TABLE IF NOT EXISTS scopes (name TEXT PRIMARY KEY, taken_micros BIGINT NOT NULL);
CREATE TABLE IF NOT EXISTS spendings (
  id TEXT PRIMARY KEY, at TEXT NOT NULL, provider TEXT NOT NULL, model TEXT NOT NULL, images INTEGER NOT NULL,
  micros BIGINT NOT NULL, state TEXT NOT NULL, scopes TEXT NOT NULL, promised BIGINT);
CREATE INDEX IF NOT EXISTS spendings_by_time ON spendings (at);
CREATE TABLE IF NOT EXISTS calls (
  id TEXT PRIMARY KEY, provider TEXT NOT NULL, model TEXT NOT NULL, reservation TEXT NOT NULL, state TEXT NOT NULL,
  started_at TEXT NOT NULL, owner TEXT NOT NULL, last_try TEXT, decision TEXT);
CREATE INDEX IF NOT EXISTS calls_by_time ON calls (started_at);
CREATE INDEX IF NOT EXISTS calls_open ON calls (started_at) WHERE ${IS_OPEN};
CREATE TABLE IF NOT EXISTS jobs (
  call TEXT NOT NULL, job TEXT NOT NULL, handle TEXT NOT NULL, state TEXT, micros BIGINT, basis TEXT, last_try TEXT,
  PRIMARY KEY (call, job));
CREATE INDEX IF NOT EXISTS jobs_by_id ON jobs (job);
`;

/**
 * Columns that tables made by an earlier version lack. They may be empty, and an earlier version works on beside them, so the version of
 * the tables stays the same.
 */
export const ADDED_COLUMNS = [
  ['spendings', 'promised', 'BIGINT'],
  ['calls', 'last_try', 'TEXT'],
  ['calls', 'decision', 'TEXT'],
  ['jobs', 'state', 'TEXT'],
  ['jobs', 'micros', 'BIGINT'],
  ['jobs', 'basis', 'TEXT'],
  ['jobs', 'last_try', 'TEXT'],
] as const;

/** Adds what a file of an earlier version lacks. */
export async function addColumns(db: Database): Promise<void> {
  const missing = async (sql: Sql) => {
    const found = await sql.all(
      `SELECT m.name || '.' || c.name AS name FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table'`,
    );
    const names = new Set(found.map((row) => text(row, 'name')));
    return ADDED_COLUMNS.filter(([table, column]) => !names.has(`${table}.${column}`));
  };
  if ((await missing(db)).length === 0) return;
  await db.transaction(async (sql) => {
    // Looked at again: another process may have added them meanwhile.
    for (const [table, column, type] of await missing(sql))
      await sql.run(`ALTER TABLE ${table} ADD COLUMN ${column} ${type}`);
    await sql.run('CREATE INDEX IF NOT EXISTS calls_by_time ON calls (started_at)');
    await sql.run(`CREATE INDEX IF NOT EXISTS calls_open ON calls (started_at) WHERE ${IS_OPEN}`);
  });
}

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

export function createPersistentLedger(db: Database, now: () => number): Ledger {
  /** Replaces what an entry says, where the word is strong enough. Said again after a lost answer, it changes nothing. */
  const change = (id: string, word: (entry: Entry) => Pick<Entry, 'micros' | 'state'> | undefined) =>
    db.transaction(async (sql) => {
      for (;;) {
        const [row] = await sql.all('SELECT micros, promised, state, scopes FROM spendings WHERE id = ?', id);
        const entry = row && readEntry(row);
        const changed = entry && word(entry);
        if (entry === undefined || changed === undefined) return;
        const count = await sql.run(
          'UPDATE spendings SET state = ?, micros = ?, promised = ? WHERE id = ? AND state = ? AND micros = ?',
          ...[changed.state, changed.micros, entry.promised, id, entry.state, entry.micros],
        );
        // Another process was faster: its word may be the weaker one.
        if (count === 0) continue;
        const difference = changed.micros - entry.micros;
        for (const name of entry.scopes) {
          await sql.run('UPDATE scopes SET taken_micros = taken_micros + ? WHERE name = ?', difference, name);
        }
        return;
      }
    });
  return {
    async reserve({ micros, provider, model, images }, scopes) {
      requireAmount(micros);
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
    async settle(id, micros, basis = 'reported') {
      if (micros !== undefined) requireAmount(micros);
      await change(id, (entry) => settled(entry, micros, basis));
    },
    release: (id, basis = 'reported') =>
      change(id, (entry) => (mayRelease(entry, basis) ? { micros: 0, state: 'released' } : undefined)),
    async split(id, { micros: wanted, images }) {
      requireAmount(wanted);
      const part = randomBytes(16).toString('hex');
      await db.transaction(async (sql) => {
        for (;;) {
          const [row] = await sql.all('SELECT * FROM spendings WHERE id = ?', id);
          if (row === undefined) throw new Error('there is no such promise');
          const { micros: before, state, scopes } = readEntry(row);
          const isOpen = state === 'promised';
          const micros = isOpen ? Math.min(wanted, before) : 0;
          // First, so that a transaction that runs again after a lost answer changes nothing.
          const entry = { id: part, at: text(row, 'at'), provider: text(row, 'provider'), model: text(row, 'model') };
          const [done] = await sql.all('SELECT id FROM spendings WHERE id = ?', part);
          if (done !== undefined) return;
          const moved = await sql.run(
            `UPDATE spendings SET micros = micros - ?, promised = COALESCE(promised, micros) - ?, images = images - ?
             WHERE id = ? AND state = ? AND micros = ?`,
            ...[micros, micros, isOpen ? Math.min(images, whole(row, 'images')) : 0, id, state, before],
          );
          if (moved === 0) continue;
          await insertSpending(sql, { ...entry, images, micros, state: 'promised', scopes });
          return;
        }
      });
      return part;
    },
    async taken(scope) {
      const [row] = await db.all('SELECT taken_micros FROM scopes WHERE name = ?', scope);
      return row === undefined ? 0 : whole(row, 'taken_micros');
    },
  };
}

function requireAmount(micros: number): void {
  if (Number.isSafeInteger(micros) && micros >= 0) return;
  throw new RangeError(`${micros} is no amount of micro-dollars`);
}

/** A basis as it is stored: `reported` is `spent` there. */
type SpendingState = Exclude<SpendingBasis, 'reported'> | 'spent' | 'released';

interface Entry {
  readonly micros: number;
  readonly promised: number;
  readonly state: SpendingState;
  readonly scopes: readonly string[];
}

const readEntry = (row: Row): Entry => ({
  micros: whole(row, 'micros'),
  // Before there was this column, what was promised stood in the other one until it was settled.
  promised: whole(row, row.promised == null ? 'micros' : 'promised'),
  state: text(row, 'state') as SpendingState, // written below
  scopes: readNames(row),
});

/** The rules of `Ledger`; the manager's ledger in memory has the same. @returns `undefined` where the word changes nothing */
function settled(
  { promised, micros: before, state }: Entry,
  given: number | undefined,
  basis: SpendingBasis,
): Pick<Entry, 'micros' | 'state'> | undefined {
  const micros = given ?? (state === 'released' ? promised : before);
  if (state === 'spent') return undefined;
  switch (basis) {
    case 'promised':
      return micros > before ? { micros, state: state === 'released' ? 'promised' : state } : undefined;
    case 'estimated':
      if (state === 'decided' || (state === 'estimated' && micros <= before)) return undefined;
      return { micros, state: basis };
    case 'decided':
      return state === 'promised' || state === 'estimated' ? { micros, state: basis } : undefined;
    case 'reported':
      return { micros, state: 'spent' };
    default:
      return basis satisfies never;
  }
}

const mayRelease = ({ state }: Entry, basis: 'decided' | 'reported'): boolean =>
  state === 'promised' || state === 'estimated' || (state === 'decided' && basis === 'reported');

interface WrittenSpending extends Spending {
  readonly id: string;
  /** ISO 8601. */
  readonly at: string;
  readonly state: Exclude<SpendingState, 'released'>;
  readonly scopes: readonly string[];
  /** What the call was expected to cost. @default micros */
  readonly promised?: number;
}

async function insertSpending(sql: Sql, spending: WrittenSpending): Promise<boolean> {
  const { id, at, provider, model, images, micros, state, scopes, promised = micros } = spending;
  const changed = await sql.run(
    `INSERT INTO spendings (id, at, provider, model, images, micros, state, scopes, promised)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
    ...[id, at, provider, model, images, micros, state, JSON.stringify(scopes), promised],
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

/** Tables of an earlier version have fewer columns. */
const valuesOf = (row: Row, columns: readonly string[]) => columns.map((name) => row[name] ?? null);
const CALL_COLUMNS = [
  ...['id', 'provider', 'model', 'reservation', 'state', 'started_at', 'owner', 'last_try', 'decision'],
];
const JOB_COLUMNS = ['call', 'job', 'handle', 'state', 'micros', 'basis', 'last_try'];

/**
 * Calls and jobs on record, promises that nobody has settled, and what calls without an image cost. What is there already is left as it
 * is.
 * @param spent also what was spent @throws Error where the old ledger cannot be read any further
 */
export async function takeOver(from: Sql, into: Database, spent = false): Promise<void> {
  const calls = await from.all('SELECT * FROM calls');
  const jobs = await from.all('SELECT * FROM jobs');
  await into.transaction(async (sql) => {
    const insert = (table: 'calls' | 'jobs', columns: readonly string[], row: Row) =>
      sql.run(
        `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')}) ON CONFLICT DO NOTHING`,
        ...valuesOf(row, columns),
      );
    for (const row of calls) await insert('calls', CALL_COLUMNS, row);
    for (const row of jobs) await insert('jobs', JOB_COLUMNS, row);
  });
  // A call that is done has its image, and the image's sidecar says what it cost.
  const notDone = new Set(calls.filter(({ state }) => state !== 'done').map((row) => text(row, 'reservation')));
  const isWanted = (row: Row) => spent || row.state === 'promised' || notDone.has(text(row, 'id'));
  const spendings = (await from.all("SELECT * FROM spendings WHERE state <> 'released'")).filter(isWanted);
  await into.transaction(async (sql) => {
    for (const row of spendings) {
      await recordSpending(sql, {
        ...readEntry(row),
        id: text(row, 'id'),
        at: text(row, 'at'),
        provider: text(row, 'provider'),
        model: text(row, 'model'),
        images: whole(row, 'images'),
        state: text(row, 'state') as WrittenSpending['state'], // a released one is not among them
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
