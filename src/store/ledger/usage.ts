/** Sums up spending per day, provider and model. */
import { type Database, readInteger, readText } from '../sql/sql.ts';

/** The spending of one day on one model of one provider. */
export interface UsageRow {
  /** `YYYY-MM-DD`, in UTC. */
  readonly day: string;
  /** The provider's name in the settings. */
  readonly provider: string;
  /** The vendor's model id. */
  readonly model: string;
  /** Number of calls. */
  readonly calls: number;
  /** Number of images. */
  readonly images: number;
  /** US dollars. */
  readonly usd: number;
}

/** @param since a date or time, ISO 8601 */
export async function usageSince(db: Database, since: string): Promise<readonly UsageRow[]> {
  const rows = await db.all(
    `SELECT SUBSTR(at, 1, 10) AS day, provider, model, COUNT(*) AS calls, SUM(images) AS images, SUM(micros) AS micros
     FROM spendings WHERE state <> 'released' AND at >= ? GROUP BY SUBSTR(at, 1, 10), provider, model
     ORDER BY day, provider, model`,
    since,
  );
  return rows.map((row) => ({
    day: readText(row, 'day'),
    provider: readText(row, 'provider'),
    model: readText(row, 'model'),
    calls: readInteger(row, 'calls'),
    images: readInteger(row, 'images'),
    usd: readInteger(row, 'micros') / 1e6,
  }));
}
