/** The subset of SQL access that the store uses, the same for every database. Statements use `?` for values. */
export type SqlValue = string | number | null;
export type Row = Readonly<Record<string, SqlValue>>;

export interface Sql {
  all(text: string, ...values: readonly SqlValue[]): Promise<readonly Row[]>;
  /** @returns the number of changed rows */
  run(text: string, ...values: readonly SqlValue[]): Promise<number>;
}

export interface Database extends Sql {
  /** Commits everything, or rolls back when `work` throws. */
  transaction<T>(work: (sql: Sql) => Promise<T>): Promise<T>;
  close(): Promise<void>;
  /** The clock of a database that several machines share, in milliseconds since the epoch. */
  now?(): Promise<number>;
}

/** Reads a column as text; a missing value is empty. */
export const readText = (row: Row, name: string): string => String(row[name] ?? '');
/** Reads a column as a whole number; a missing value is 0. */
export const readInteger = (row: Row, name: string): number => Number(row[name] ?? 0);
