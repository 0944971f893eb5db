/** Writes records to tables in PostgreSQL, with views for reports. */
import { AiImageError, isAiImageError } from '../../providers/protocol/errors.ts';
import type { SqlPool, SqlSession, Store } from '../../store/index.ts';
import { type Connections, connectTo } from '../../store/sql/postgres/connect.ts';
import { retryTransient } from '../../store/sql/postgres/database.ts';
import { DatabaseFault } from '../../store/sql/postgres/faults.ts';
import { readDatabaseSettings } from '../../store/sql/postgres/settings.ts';
import { toJson } from '../../store/sql/postgres/to-json.ts';
import type { UsageRecord } from '../usage-record.ts';
import type { UsageSink } from '../usage-sink.ts';
import { imageRowsOf } from './image-rows.ts';
import { createStatements, upsertImages, upsertRecords, VERSION } from './postgres-tables.ts';

export interface PostgresSinkSettings {
  /** `postgresql://user:password@host:5432/name?sslmode=verify-full`. Needs the package `pg`. Either `url` or `pool`. */
  readonly url?: string;
  /** Your own pool or PGlite. It is not closed. */
  readonly pool?: SqlPool | SqlSession;
  /** The schema of the tables and views; created when it does not exist. @default 'ai_image_usage' */
  readonly schema?: string;
  /** The store of the images. Without it, the view `image_artifacts` stays empty. */
  readonly store?: Store;
  /** The name of the sink. @default 'postgres' */
  readonly name?: string;
  /** How long to wait for the database, in milliseconds. Keep it below the `timeoutMs` of the delivery. @default 5_000 */
  readonly timeoutMs?: number;
}

/**
 * Creates a sink that writes each record to the table `usage_records`, and a row for each stored image to `usage_images`. A later revision
 * replaces an earlier one. Creates the tables and the views `image_artifacts` and `usage_by_day` on first use.
 * @throws AiImageError `not_configured`: a setting is invalid
 */
export function postgresSink(settings: PostgresSinkSettings): UsageSink {
  const { url, pool, schema = 'ai_image_usage', store, name = 'postgres', timeoutMs = 5_000 } = settings;
  const resolved = inWordsOfSink(() => readDatabaseSettings({ url, pool, schema, timeoutMs }));
  let opening: Promise<Connections> | undefined;

  async function open(): Promise<Connections> {
    const connections = await connectTo(resolved);
    try {
      await createTables(connections, schema);
      return connections;
    } catch (error) {
      await connections.close();
      throw error;
    }
  }

  async function write(records: readonly UsageRecord[]): Promise<void> {
    const images =
      store === undefined ? [] : (await Promise.all(records.map((each) => imageRowsOf(each, store)))).flat();
    opening ??= open();
    const connections = await opening.catch((error: unknown) => {
      opening = undefined;
      throw error;
    });
    await connections.transaction(async (query) => {
      await query(upsertRecords(schema), [toJson(records.map(toRow))]);
      if (images.length > 0) await query(upsertImages(schema), [toJson(images)]);
    });
  }

  return {
    name,
    async record(records) {
      try {
        await retryTransient(() => write(records), timeoutMs);
      } catch (error) {
        throw error instanceof DatabaseFault ? toSinkError(error.code) : forSink(error);
      }
    },
    async close() {
      const opened = opening;
      opening = undefined;
      await (await opened?.catch(() => undefined))?.close();
    },
  };
}

const toRow = (record: UsageRecord) => ({
  id: record.id,
  call_id: record.call,
  revision: record.revision,
  at: record.at,
  recorded_at: record.recordedAt,
  provider: record.provider,
  model: record.model,
  images: record.images,
  cost_usd: record.costUsd,
  basis: record.basis,
  cost_center: record.costCenter ?? null,
  session: record.session ?? null,
  artifacts: record.artifacts,
});

/** Creates all or nothing, once. When the tables exist, the user needs no permission to create any. */
async function createTables({ query, transaction }: Connections, schema: string): Promise<void> {
  if (await hasTables(query, schema)) return;
  await transaction(async (locked) => {
    await locked('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`ai-image usage ${schema}`]);
    if (await hasTables(locked, schema)) return;
    const { rows } = await locked('SELECT 1 FROM pg_namespace WHERE nspname = $1', [schema]);
    if (rows.length === 0) await locked(`CREATE SCHEMA "${schema}"`, []);
    for (const statement of createStatements(schema)) await locked(statement, []);
  });
}

async function hasTables(query: Connections['query'], schema: string): Promise<boolean> {
  const there = await query("SELECT 1 FROM pg_tables WHERE schemaname = $1 AND tablename = 'usage_version'", [schema]);
  if (there.rows.length === 0) return false;
  const { rows } = await query(`SELECT MAX(version) AS version FROM "${schema}".usage_version`, []);
  if (Number((rows[0] as { readonly version?: unknown } | undefined)?.version) === VERSION) return true;
  throw new AiImageError('not_configured', `the usage tables in ${schema} are of another version of the library`, {
    charged: 'no',
    hint: 'Records wait in the store. Install that version of the library, or use another schema.',
  });
}

/** The checks of the store's database say `database.url` where this sink says `url`. */
function inWordsOfSink<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!isAiImageError(error)) throw error;
    const toSink = (text: string) =>
      text.replace('store: database', 'postgresSink: database').replaceAll('database.', '');
    const hint =
      "For example postgresSink({ url: process.env.USAGE_DATABASE_URL }). Schemas are lower-case letters, digits and '_'.";
    throw new AiImageError(error.code, toSink(error.message), { charged: 'no', hint });
  }
}

/** Says that the sink's database failed, not that of the store. */
function forSink(error: unknown): unknown {
  if (!isAiImageError(error)) return error;
  return new AiImageError(error.code, error.message.replace('the database of the store', 'the database of the sink'), {
    charged: 'no',
    hint: 'Records wait in the store. Check the database, its address and the permissions of its user.',
  });
}

const toSinkError = (code: string | undefined) =>
  new AiImageError('storage_failed', `the database of the sink refused the records (${code ?? 'no code'})`, {
    charged: 'no',
    hint: 'Records wait in the store. Check the permissions of the user, and whether the tables were changed.',
  });
