/** A file of many requests: JSON lines or CSV, whose columns are the flags of `imagen generate`. */
import { extname, resolve } from 'node:path';
import { type CsvError, parse } from 'csv-parse/sync';
import { suggest } from '../../providers/registry.ts';
import { readFileOf } from './read-file-of.ts';
import { REPEATED_FLAGS, REQUEST_FLAGS } from './request-flags.ts';
import { UsageError } from './usage-error.ts';

/** The values of one row by the flag's name in `camelCase`; `options` where a row of JSON has them as an object. */
export type RowFlags = Readonly<Record<string, string | boolean | readonly string[] | undefined>> & {
  readonly vendorOptions?: Readonly<Record<string, unknown>>;
};

export interface FileRow {
  /** Where it stands in the file, from 1. */
  readonly line: number;
  readonly flags: RowFlags;
}

const MOST_BYTES = 50_000_000;
/** More is a mistake before it is a wish; a file can be cut in two. */
const MOST_ROWS = 100_000;
const FAULTS_SHOWN = 20;

/** @throws UsageError with every fault that was found, before anything is drawn */
export async function readRows(name: string, cwd: string): Promise<readonly FileRow[]> {
  const text = await readText(name, cwd);
  const kind = extname(name).toLowerCase();
  const records = kind === '.csv' ? readCsv(text, name) : readJsonLines(text);
  if (records.length === 0) throw new UsageError(`${name} has no rows`, 'Write one request on each line.');
  if (records.length > MOST_ROWS) throw new UsageError(`${name} has more than ${MOST_ROWS} rows`, 'Cut it in two.');
  const faults: string[] = [];
  const rows = records.flatMap(({ line, record }): FileRow[] => {
    if (typeof record === 'string') {
      faults.push(`line ${line}: ${record}`);
      return [];
    }
    try {
      return [{ line, flags: toFlags(record, kind === '.csv') }];
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      faults.push(`line ${line}: ${error.message}. ${error.hint}`);
      return [];
    }
  });
  if (faults.length > 0) throw faultyRows(faults, records.length);
  return rows;
}

/** @param faults one for each row that cannot be drawn */
export function faultyRows(faults: readonly string[], all: number): UsageError {
  const more = faults.length > FAULTS_SHOWN ? [`and ${faults.length - FAULTS_SHOWN} more`] : [];
  return new UsageError(
    [`${faults.length} of ${all} rows cannot be drawn`, ...faults.slice(0, FAULTS_SHOWN), ...more].join('\n  '),
    'Nothing was drawn: correct them and run the same command again.',
  );
}

async function readText(name: string, cwd: string): Promise<string> {
  const cannot = (why: string) =>
    new UsageError(`${name}: ${why}`, 'Name a file of JSON lines (.jsonl) or CSV (.csv).');
  if (!['.csv', '.jsonl', '.ndjson'].includes(extname(name).toLowerCase())) throw cannot('its name says no kind');
  const bytes = await readFileOf(resolve(cwd, name), { mostBytes: MOST_BYTES, cannot });
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw cannot('it is not UTF-8');
  }
}

/** A text instead of a record is what is wrong with it. */
interface Read {
  readonly line: number;
  readonly record: Readonly<Record<string, unknown>> | string;
}

function readJsonLines(text: string): readonly Read[] {
  return text.split('\n').flatMap((each, at): Read[] => {
    if (each.trim() === '') return [];
    return [{ line: at + 1, record: readObject(each) }];
  });
}

function readObject(text: string): Readonly<Record<string, unknown>> | string {
  try {
    const value: unknown = JSON.parse(text, (key, each) => (key === '__proto__' ? undefined : each));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
    return 'it is no object. Write for example {"prompt": "a red fox"}';
  } catch {
    return 'it is no JSON. Write for example {"prompt": "a red fox"}';
  }
}

function readCsv(text: string, name: string): readonly Read[] {
  try {
    const records = parse(text, { columns: true, bom: true, skip_empty_lines: true, trim: true, info: true });
    return (records as readonly { record: Record<string, string>; info: { lines: number } }[]).map(
      ({ record, info }) => ({
        line: info.lines,
        // An empty cell says nothing.
        record: Object.fromEntries(Object.entries(record).filter(([, value]) => value !== '')),
      }),
    );
  } catch (error) {
    const { lines, message } = error as CsvError & { readonly lines?: number };
    const where = lines === undefined ? '' : `, line ${lines}`;
    throw new UsageError(`${name}${where}: ${message}`, 'The first line names the columns, e.g. prompt,size,seed.');
  }
}

/** Names of the protocol beside those of the flags. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  negativePrompt: 'negative',
  inputImages: 'input',
  inputs: 'input',
  count: 'n',
};
const COLUMNS = ['prompt', 'variation', 'out', ...REQUEST_FLAGS];

function toFlags(record: Readonly<Record<string, unknown>>, isCsv: boolean): RowFlags {
  const flags: Record<string, unknown> = {};
  for (const [column, value] of Object.entries(record)) {
    if (value === null || value === undefined) continue;
    const camel = toCamel(column);
    const name = OTHER_NAMES[camel] ?? camel;
    if (isCsv && column.startsWith('option.')) {
      flags.option = [...((flags.option as string[] | undefined) ?? []), `${column.slice(7)}=${String(value)}`];
    } else if (name === 'options' && typeof value === 'object' && !Array.isArray(value)) {
      flags.vendorOptions = value;
    } else if (COLUMNS.includes(name)) flags[name] = toFlag(name, value);
    else {
      const near = suggest(camel, COLUMNS);
      const hint = near ?? `Columns are ${COLUMNS.join(', ')}${isCsv ? ', option.<name>' : ', options'}.`;
      throw new UsageError(`there is no column ${JSON.stringify(column.slice(0, 40))}`, hint);
    }
  }
  return flags as RowFlags; // each was looked at
}

/** `Aspect Ratio`, `aspect-ratio` and `aspect_ratio` are one name. */
function toCamel(column: string): string {
  const words = column.split(/[-_ ]/).filter((word) => word !== '');
  const capital = (word: string) => `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`;
  const joined = words.map(capital).join('');
  return `${joined.slice(0, 1).toLowerCase()}${joined.slice(1)}`;
}

function toFlag(name: string, value: unknown): string | boolean | readonly string[] {
  const isPlain = (each: unknown) => ['string', 'number', 'boolean'].includes(typeof each);
  if (REPEATED_FLAGS.includes(name)) {
    const all = Array.isArray(value) ? value : typeof value === 'string' ? value.split(';') : [value];
    if (all.every((each) => typeof each === 'string')) return all.map((each) => each.trim());
  } else if (name === 'adapt') {
    if (value === true || value === false) return value;
    if (value === 'true' || value === 'false') return value === 'true';
  } else if (name === 'fallback' && Array.isArray(value)) return value.map(String).join(',');
  else if (isPlain(value)) return String(value);
  throw new UsageError(
    `${name} is ${JSON.stringify(value)?.slice(0, 40)}`,
    `Write it as imagen generate --${name} takes it.`,
  );
}
