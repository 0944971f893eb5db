/** A file of many requests: JSON lines or CSV, whose columns are the flags of `imagen generate`. */
import { extname, resolve } from 'node:path';
import { type CsvError, parse } from 'csv-parse/sync';
import { suggest } from '../../../providers/registry.ts';
import { readTextOf } from '../flags/read-file.ts';
import { REPEATED_FLAGS, REQUEST_FLAGS, readOptions } from '../flags/request-flags.ts';
import { UsageError } from '../usage-error.ts';
import { findKeyFault } from './key-fault.ts';

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
  return readTextOf(resolve(cwd, name), { mostBytes: MOST_BYTES, cannot });
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
    const fault = findKeyFault(text);
    if (fault !== undefined) return fault;
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
    return 'it is no object. Write for example {"prompt": "a red fox"}';
  } catch {
    return 'it is no JSON. Write for example {"prompt": "a red fox"}';
  }
}

function readCsv(text: string, name: string): readonly Read[] {
  try {
    const columns = (header: readonly string[]) => checkHeader(header, name);
    const records = parse(text, { columns, bom: true, skip_empty_lines: true, trim: true, info: true });
    return (records as readonly { record: Record<string, string>; info: { lines: number } }[]).map(
      ({ record, info }) => ({
        line: info.lines,
        // An empty cell says nothing.
        record: Object.fromEntries(Object.entries(record).filter(([, value]) => value !== '')),
      }),
    );
  } catch (error) {
    if (error instanceof UsageError) throw error;
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
/** What a column says, by one name for all its spellings. */
function meaningOf(column: string): string {
  const camel = toCamel(column);
  return OTHER_NAMES[camel] ?? camel;
}

/** @throws UsageError: of two columns that say the same, one would be dropped */
function checkHeader(header: readonly string[], name: string): string[] {
  const seen = new Map<string, string>();
  return header.map((column, at) => {
    // A column without a name may be empty; what stands in it is then found under this one.
    if (column === '') return `column ${at + 1}`;
    if (column === '__proto__') throw new UsageError(`${name}: there is no column "__proto__"`, 'Leave it out.');
    const meaning = column.startsWith('option.') ? column : meaningOf(column);
    const other = seen.get(meaning);
    if (other !== undefined) throw new UsageError(`${name}: ${sameMeaning(other, column)}`, 'Leave one out.');
    seen.set(meaning, column);
    return column;
  });
}

function sameMeaning(one: string, other: string): string {
  const [first, second] = [one, other].map((column) => JSON.stringify(column.slice(0, 40)));
  return one === other ? `the column ${first} stands there twice` : `${first} and ${second} mean the same`;
}

const COLUMNS = ['prompt', 'variation', 'out', ...REQUEST_FLAGS];

function toFlags(record: Readonly<Record<string, unknown>>, isCsv: boolean): RowFlags {
  const flags: Record<string, unknown> = {};
  const seen = new Map<string, string>();
  for (const [column, value] of Object.entries(record)) {
    if (value === null || value === undefined) continue;
    const name = meaningOf(column);
    const other = seen.get(name);
    if (!isCsv && other !== undefined) throw new UsageError(sameMeaning(other, column), 'Leave one out.');
    seen.set(name, column);
    if (isCsv && column.startsWith('option.')) {
      flags.option = [...((flags.option as string[] | undefined) ?? []), `${column.slice(7)}=${String(value)}`];
    } else if (name === 'options' && typeof value === 'object' && !Array.isArray(value)) {
      flags.vendorOptions = value;
    } else if (name === 'option') {
      flags.option = [...((flags.option as string[] | undefined) ?? []), ...(toFlag(name, value) as readonly string[])];
    } else if (COLUMNS.includes(name)) flags[name] = toFlag(name, value);
    else {
      const near = suggest(name, COLUMNS);
      const hint = near ?? `Columns are ${COLUMNS.join(', ')}${isCsv ? ', option.<name>' : ', options'}.`;
      throw new UsageError(`there is no column ${JSON.stringify(column.slice(0, 40))}`, hint);
    }
  }
  const row = flags as RowFlags; // each was looked at
  const both = Object.keys(readOptions((row.option as readonly string[] | undefined) ?? [])).find(
    (key) => row.vendorOptions && Object.hasOwn(row.vendorOptions, key),
  );
  if (both !== undefined) {
    throw new UsageError(`${JSON.stringify(both)} stands in "option" and in "options"`, 'Leave one out.');
  }
  return row;
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
