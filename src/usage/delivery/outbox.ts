/** Reads and removes rows of the outbox, and keeps what is known about each sink. All processes of a store share both. */
import { readOutboxContent } from '../../store/ledger/usage-outbox.ts';
import { type Database, readInteger, readText } from '../../store/sql/sql.ts';
import type { OutboxRow } from '../usage-record.ts';

/** What is known about a sink, also in processes that do not have it. */
export interface UsageSinkState {
  /** The name of the sink. */
  readonly name: string;
  /** Number of records that it does not have yet. */
  readonly waiting: number;
  /** When the oldest of them was recorded. ISO 8601. */
  readonly waitingSince?: string;
  /** Failed deliveries since the last successful one. */
  readonly failures: number;
  /** The last failure, at most 300 characters, without secrets. Absent after a successful delivery. */
  readonly lastError?: string;
  /** When it failed. ISO 8601. */
  readonly lastErrorAt?: string;
  /** When the next delivery is tried. ISO 8601. */
  readonly retryAt?: string;
  /** When a process last had this sink. ISO 8601. */
  readonly seenAt: string;
}

/** Adds sinks. From now on they get rows. */
export async function registerSinks(db: Database, names: readonly string[], now: number): Promise<void> {
  await db.transaction(async (sql) => {
    for (const name of [...names].sort()) {
      await sql.run(
        `INSERT INTO usage_sinks (name, seen_at, failures, retry_at) VALUES (?, ?, 0, 0)
         ON CONFLICT (name) DO UPDATE SET seen_at = excluded.seen_at`,
        ...[name, now],
      );
    }
  });
}

/** Removes sinks and the rows that wait for them. @returns the number of removed rows */
export async function removeSinks(db: Database, names: readonly string[]): Promise<number> {
  return db.transaction(async (sql) => {
    let count = 0;
    for (const name of [...names].sort()) {
      await sql.run('DELETE FROM usage_sinks WHERE name = ?', name);
      count += await sql.run('DELETE FROM usage_outbox WHERE sink = ?', name);
    }
    return count;
  });
}

/** Times further ahead than this were written by a clock that was wrong, and would stop a sink for that long: a day and a margin. */
const MAX_AHEAD_MS = 86_400_000 + 3_600_000;

/** Takes the right to deliver to a sink, or keeps it. @returns false: another process has it, or the sink failed and its time has not come */
export async function takeSink(db: Database, name: string, lease: SinkLease): Promise<boolean> {
  const { owner, now, until } = lease;
  const changed = await db.run(
    `UPDATE usage_sinks SET owner = ?, owned_until = ?, seen_at = ?
     WHERE name = ? AND (owner IS NULL OR owner = ? OR owned_until < ? OR owned_until > ?) AND (retry_at <= ? OR retry_at > ?)`,
    ...[owner, until, now, name, owner, now, now + MAX_AHEAD_MS, now, now + MAX_AHEAD_MS],
  );
  return changed > 0;
}

export interface SinkLease {
  /** Identifies the delivery that has the right. */
  readonly owner: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Milliseconds since the epoch. */
  readonly until: number;
}

export async function releaseSink(db: Database, name: string, owner: string): Promise<void> {
  await db.run('UPDATE usage_sinks SET owner = NULL, owned_until = NULL WHERE name = ? AND owner = ?', name, owner);
}

/** The oldest rows of a sink, first recorded first. */
export async function readRows(db: Database, name: string, limit: number): Promise<readonly OutboxRow[]> {
  const rows = await db.all(
    'SELECT * FROM usage_outbox WHERE sink = ? ORDER BY added_at, entry LIMIT ?',
    ...[name, limit],
  );
  return rows.map((row) => ({
    entry: readText(row, 'entry'),
    revision: readInteger(row, 'revision'),
    firstRevision: readInteger(row, 'first_revision'),
    content: readOutboxContent(readText(row, 'content')),
  }));
}

/**
 * Removes delivered rows. A row whose cost was recorded again in the meantime stays, and is marked as known to the sink.
 * @returns the number of removed rows
 */
export async function removeRows(db: Database, name: string, rows: readonly OutboxRow[]): Promise<number> {
  return db.transaction(async (sql) => {
    let count = 0;
    for (const { entry, revision } of rows) {
      const where = [name, entry, revision] as const;
      count += await sql.run('DELETE FROM usage_outbox WHERE sink = ? AND entry = ? AND revision = ?', ...where);
      await sql.run(
        'UPDATE usage_outbox SET first_revision = revision WHERE sink = ? AND entry = ? AND revision > ?',
        ...where,
      );
    }
    await sql.run(
      'UPDATE usage_sinks SET failures = 0, retry_at = 0, error = NULL, error_at = NULL WHERE name = ? AND failures > 0',
      name,
    );
    return count;
  });
}

/** Records a failed delivery, and gives up the right to deliver. @returns the failures since the last successful delivery */
export async function recordFailure(
  db: Database,
  name: string,
  { owner, message, now, retryAtOf }: SinkFailure,
): Promise<number> {
  return db.transaction(async (sql) => {
    const [row] = await sql.all('SELECT failures FROM usage_sinks WHERE name = ?', name);
    const failures = (row === undefined ? 0 : readInteger(row, 'failures')) + 1;
    await sql.run(
      `UPDATE usage_sinks SET failures = ?, retry_at = ?, error = ?, error_at = ?, owner = NULL, owned_until = NULL
       WHERE name = ? AND owner = ?`,
      ...[failures, retryAtOf(failures), message, now, name, owner],
    );
    return failures;
  });
}

export interface SinkFailure {
  readonly owner: string;
  readonly message: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Returns when to try again, in milliseconds since the epoch. @param failures in a row */
  readonly retryAtOf: (failures: number) => number;
}

/** All registered sinks, by name. */
export async function readSinkStates(db: Database): Promise<readonly UsageSinkState[]> {
  const rows = await db.all(
    `SELECT s.*, COALESCE(o.waiting, 0) AS waiting, o.oldest FROM usage_sinks s LEFT JOIN
     (SELECT sink, COUNT(*) AS waiting, MIN(added_at) AS oldest FROM usage_outbox GROUP BY sink) o ON o.sink = s.name
     ORDER BY s.name`,
  );
  const time = (row: (typeof rows)[number], name: string) => new Date(readInteger(row, name)).toISOString();
  return rows.map((row) => ({
    name: readText(row, 'name'),
    waiting: readInteger(row, 'waiting'),
    ...(row.oldest != null && { waitingSince: time(row, 'oldest') }),
    failures: readInteger(row, 'failures'),
    ...(row.error != null && { lastError: readText(row, 'error'), lastErrorAt: time(row, 'error_at') }),
    ...(readInteger(row, 'retry_at') > 0 && { retryAt: time(row, 'retry_at') }),
    seenAt: time(row, 'seen_at'),
  }));
}

/** Names of sinks that no process has had since a time, in milliseconds since the epoch. */
export async function findForgotten(db: Database, before: number): Promise<readonly string[]> {
  return (await db.all('SELECT name FROM usage_sinks WHERE seen_at < ? ORDER BY name', before)).map((row) =>
    readText(row, 'name'),
  );
}
