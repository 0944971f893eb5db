/** The settings of a store, and their checks. */

import { resolve } from 'node:path';
import { AiImageError } from '../providers/protocol/errors.ts';
import { type FieldKinds, findFieldFault } from '../providers/protocol/input/check-fields.ts';
import { MARKS, type MarkSettings } from './artifacts/embed-mark.ts';
import { DEFAULT_NAMING, type NameFacts, readNaming } from './artifacts/file-naming.ts';
import { FILES, type FileOperations, retryingFiles } from './files/files.ts';
import { PARTITIONS, type Partition } from './files/paths.ts';
import {
  type DatabaseOptions,
  type DatabaseSettings,
  type ResolvedDatabaseSettings,
  readDatabaseSettings,
} from './sql/postgres/settings.ts';
import { type Bucket, readS3Settings, type S3Settings } from './storage/s3/settings.ts';

export interface StoreSettings extends MarkSettings {
  /** Created when it does not exist. */
  readonly directory: string;
  /** The template of file names. @default '{date}-{prompt:40}-{id:8}' */
  readonly naming?: string;
  /** Folders by the date when an image is saved. @default 'YYYY/MM' */
  readonly partition?: Partition;
  /** Whether prompts are stored as text, or only as hash and length. @default 'text' */
  readonly prompts?: 'text' | 'hash';
  /**
   * How long the record of a call stays after the call ended, in milliseconds. Open calls stay until they end, and failed calls that cost
   * something stay. @default 2_592_000_000, 30 days
   */
  readonly keepEndedJobsMs?: number;
  /**
   * PostgreSQL for index, ledger and jobs, so that several machines share them. Images and sidecars stay in the directory.
   * @default files in the directory
   */
  readonly database?: DatabaseSettings | undefined;
  /**
   * A bucket for images and sidecars. Index, ledger, job records and unfinished uploads stay in the directory.
   * @default in the directory
   */
  readonly s3?: S3Settings | undefined;
  /** File operations, for tests. @default those of Node */
  readonly files?: FileOperations;
  /** The clock, in milliseconds since the epoch. @default Date.now */
  readonly now?: () => number;
}

/** Checked settings with defaults. */
export interface ResolvedStoreSettings {
  /** Absolute. */
  readonly directory: string;
  readonly naming: string;
  /** Returns the folders and the file name below the partition, without an extension. */
  readonly nameOf: (facts: NameFacts) => readonly string[];
  readonly partitionOf: (createdAt: string) => readonly string[];
  readonly prompts: 'text' | 'hash';
  readonly keepEndedJobsMs: number;
  readonly marks: MarkSettings;
  readonly bucket: Bucket | undefined;
  readonly database: ResolvedDatabaseSettings | undefined;
  readonly files: FileOperations;
  readonly now: () => number;
}

/** 30 days. */
const KEEP_ENDED_JOBS_MS = 2_592_000_000;

const SETTINGS: FieldKinds<StoreSettings> = {
  directory: 'text',
  naming: 'text',
  partition: 'text',
  prompts: 'text',
  marks: 'text',
  marksPrompt: 'flag',
  signing: 'object',
  keepEndedJobsMs: 'number',
  database: 'any',
  s3: 'object',
  files: ['open'],
  now: 'function',
};
/** `readS3Settings` checks the others. */
const BUCKET_SETTINGS: FieldKinds<S3Settings> = {
  bucket: 'any',
  region: 'any',
  endpoint: 'text',
  prefix: 'text',
  forcePathStyle: 'flag',
  accessKeyId: 'any',
  secretAccessKey: 'any',
  sessionToken: 'any',
  timeoutMs: 'any',
};
/** `readDatabaseSettings` checks the values. */
const DATABASE_SETTINGS: FieldKinds<DatabaseOptions> = {
  url: 'any',
  pool: 'any',
  schema: 'any',
  index: 'any',
  leaseMs: 'any',
  timeoutMs: 'any',
};

/** A misspelled setting would otherwise be ignored. */
function checkFields<T>(value: unknown, path: string, kinds: FieldKinds<T>): void {
  const hints = { directory: "Pass a directory: createStore({ directory: 'images' })." };
  const fault = findFieldFault(value, kinds, { whole: 'the settings', field: 'setting', path, hints });
  if (fault !== undefined) throw invalidSettingError(fault.what, fault.hint);
}

/** @throws AiImageError `not_configured` */
export function readStoreSettings(settings: StoreSettings): ResolvedStoreSettings {
  checkFields(settings, '', SETTINGS);
  if (settings.s3 !== undefined) checkFields(settings.s3, 's3.', BUCKET_SETTINGS);
  if (isOptions(settings.database)) checkFields(settings.database, 'database.', DATABASE_SETTINGS);
  const { directory, naming = DEFAULT_NAMING, partition = 'YYYY/MM', prompts = 'text', now = Date.now } = settings;
  const { keepEndedJobsMs = KEEP_ENDED_JOBS_MS } = settings;
  const { marks, marksPrompt, signing, s3, database, files = FILES } = settings;
  if (typeof directory !== 'string' || directory.trim() === '')
    throw invalidSettingError('directory is missing', "Pass a directory: createStore({ directory: 'images' }).");
  if (!Object.hasOwn(PARTITIONS, partition)) {
    throw invalidSettingError(
      `partition must be one of ${Object.keys(PARTITIONS).join(', ')}`,
      "Leave out partition to use the default, 'YYYY/MM'.",
    );
  }
  if (!MARKS.includes(marks ?? 'image'))
    throw invalidSettingError(
      `marks must be one of ${MARKS.join(', ')}`,
      "Leave out marks to use the default, 'image'.",
    );
  if (prompts !== 'text' && prompts !== 'hash')
    throw invalidSettingError("prompts must be 'text' or 'hash'", "Leave out prompts to use the default, 'text'.");
  if (prompts === 'hash' && marksPrompt) {
    throw invalidSettingError(
      "marksPrompt needs prompts: 'text', because it writes the prompt into the image file",
      "Leave out marksPrompt, or pass prompts: 'text'.",
    );
  }
  if (!(keepEndedJobsMs >= 0)) {
    throw invalidSettingError(
      'keepEndedJobsMs must be a number of milliseconds, 0 or more',
      'Leave out keepEndedJobsMs to use the default, 30 days.',
    );
  }
  return {
    nameOf: readNaming(naming),
    bucket: s3 === undefined ? undefined : readS3Settings(s3),
    directory: resolve(directory),
    files: retryingFiles(files),
    database: database === undefined ? undefined : readDatabaseSettings(database),
    naming,
    partitionOf: PARTITIONS[partition],
    prompts,
    keepEndedJobsMs,
    marks: { marks, marksPrompt, signing },
    now,
  };
}

/** A pool has fields of its own. */
const isOptions = (database: DatabaseSettings | undefined): database is DatabaseOptions =>
  typeof database === 'object' && database !== null && !('query' in database);

function invalidSettingError(message: string, hint: string): AiImageError {
  return new AiImageError('not_configured', `store: ${message}`, { hint });
}
