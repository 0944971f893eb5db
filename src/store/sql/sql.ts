/** The few words of SQL that the store speaks, the same to every database. Values stand as `?`. */
export type SqlValue = string | number | null;
export type Row = Readonly<Record<string, SqlValue>>;

export interface Sql {
  all(text: string, ...values: readonly SqlValue[]): Promise<readonly Row[]>;
  /** @returns how many rows it changed */
  run(text: string, ...values: readonly SqlValue[]): Promise<number>;
}

export interface Database extends Sql {
  /** All of it or nothing. What is thrown inside undoes it. */
  transaction<T>(work: (sql: Sql) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export const text = (row: Row, name: string): string => String(row[name] ?? '');
export const whole = (row: Row, name: string): number => Number(row[name] ?? 0);
