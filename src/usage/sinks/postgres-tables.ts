/** The tables and views of the PostgreSQL sink. `docs/usage.md` describes them: they are for other programs to read. */

export const VERSION = 1;

/** @param schema a valid name, checked before */
export const createStatements = (schema: string): readonly string[] => {
  const of = (table: string) => `"${schema}".${table}`;
  return [
    `CREATE TABLE ${of('usage_version')} (version INTEGER PRIMARY KEY)`,
    `CREATE TABLE ${of('usage_records')} (
       id TEXT PRIMARY KEY, call_id TEXT NOT NULL, revision BIGINT NOT NULL, at TIMESTAMPTZ NOT NULL,
       recorded_at TIMESTAMPTZ NOT NULL, provider TEXT NOT NULL, model TEXT NOT NULL, images INTEGER NOT NULL,
       cost_usd NUMERIC(20, 6) NOT NULL, basis TEXT NOT NULL, cost_center TEXT, session TEXT, artifacts TEXT[] NOT NULL)`,
    `CREATE INDEX usage_records_by_time ON ${of('usage_records')} (at)`,
    `CREATE TABLE ${of('usage_images')} (
       artifact TEXT PRIMARY KEY, record TEXT NOT NULL, revision BIGINT NOT NULL, id UUID NOT NULL,
       conversation_id UUID, message_id UUID, file_path TEXT NOT NULL, mime_type TEXT NOT NULL, prompt TEXT,
       provider TEXT NOT NULL, model TEXT NOT NULL, seed BIGINT, size TEXT NOT NULL, cost_usd NUMERIC(20, 6) NOT NULL,
       created_at TIMESTAMPTZ NOT NULL, metadata JSONB NOT NULL)`,
    `CREATE INDEX usage_images_by_time ON ${of('usage_images')} (created_at)`,
    // The columns and types are those that consumers of images expect. A larger cost does not fit into DECIMAL(10, 6).
    `CREATE VIEW ${of('image_artifacts')} AS SELECT id, conversation_id, message_id, file_path,
       mime_type::VARCHAR(64) AS mime_type, prompt, provider::VARCHAR(64) AS provider, model::VARCHAR(128) AS model, seed,
       size::VARCHAR(16) AS size, LEAST(cost_usd, 9999.999999)::DECIMAL(10, 6) AS cost_usd, created_at, metadata
       FROM ${of('usage_images')}`,
    `CREATE VIEW ${of('usage_by_day')} AS SELECT (at AT TIME ZONE 'UTC')::DATE AS day, provider, model, cost_center,
       COUNT(*) AS calls, SUM(images)::BIGINT AS images, SUM(cost_usd) AS cost_usd FROM ${of('usage_records')}
       WHERE basis <> 'released' GROUP BY 1, 2, 3, 4`,
    `INSERT INTO ${of('usage_version')} (version) VALUES (${VERSION})`,
  ];
};

/** Of two revisions, the higher one stays. The same one again adds images that were not known at first. */
export const upsertRecords = (schema: string): string => `
  INSERT INTO "${schema}".usage_records AS known (id, call_id, revision, at, recorded_at, provider, model, images, cost_usd, basis,
    cost_center, session, artifacts)
  SELECT id, call_id, revision, at, recorded_at, provider, model, images, cost_usd, basis, cost_center, session,
    ARRAY(SELECT jsonb_array_elements_text(artifacts))
  FROM jsonb_to_recordset($1::jsonb) AS given (id TEXT, call_id TEXT, revision BIGINT, at TIMESTAMPTZ, recorded_at TIMESTAMPTZ,
    provider TEXT, model TEXT, images INTEGER, cost_usd NUMERIC, basis TEXT, cost_center TEXT, session TEXT, artifacts JSONB)
  ON CONFLICT (id) DO UPDATE SET revision = excluded.revision, recorded_at = excluded.recorded_at, images = excluded.images,
    cost_usd = excluded.cost_usd, basis = excluded.basis,
    artifacts = CASE WHEN cardinality(excluded.artifacts) > 0 THEN excluded.artifacts ELSE known.artifacts END
  WHERE known.revision <= excluded.revision`;

export const upsertImages = (schema: string): string => `
  INSERT INTO "${schema}".usage_images AS known (artifact, record, revision, id, conversation_id, message_id, file_path, mime_type,
    prompt, provider, model, seed, size, cost_usd, created_at, metadata)
  SELECT artifact, record, revision, id, conversation_id, message_id, file_path, mime_type, prompt, provider, model, seed, size,
    cost_usd, created_at, metadata
  FROM jsonb_to_recordset($1::jsonb) AS given (artifact TEXT, record TEXT, revision BIGINT, id UUID, conversation_id UUID,
    message_id UUID, file_path TEXT, mime_type TEXT, prompt TEXT, provider TEXT, model TEXT, seed BIGINT, size TEXT, cost_usd NUMERIC,
    created_at TIMESTAMPTZ, metadata JSONB)
  ON CONFLICT (artifact) DO UPDATE SET record = excluded.record, revision = excluded.revision, file_path = excluded.file_path,
    cost_usd = excluded.cost_usd, metadata = excluded.metadata
  WHERE known.record <> excluded.record OR known.revision <= excluded.revision`;
