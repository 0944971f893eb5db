/** Reads a file of requests: JSON Lines or CSV. The columns are the flags of `imagen generate`. */
import { extname, resolve } from 'node:path';
import { type CsvError, parse } from 'csv-parse/sync';
import { quoteName } from '../../../providers/protocol/input/hide-keys.ts';
import { suggest } from '../../../providers/registry.ts';
import { readProviderOptions } from '../flags/provider-options.ts';
import { readTextFile } from '../flags/read-file.ts';
import { REPEATED_FLAGS, REQUEST_FLAGS } from '../flags/request-flags.ts';
import { UsageError } from '../usage-error.ts';
import { findKeyFault } from './key-fault.ts';

/** Values of one row, by the flag's name in camelCase. `vendorOptions`: the `options` object of a JSON row. */
export type RowFlags = Readonly<Record<string, string | boolean | readonly string[] | undefined>> & {
  readonly vendorOptions?: Readonly<Record<string, unknown>>;
};

export interface FileRow {
  /** Line in the file, from 1. */
  readonly line: number;
  readonly flags: RowFlags;
}

const MAX_BYTES = 50_000_000;
/** A larger file is probably a mistake, and can be split. */
const MAX_ROWS = 100_000;
const MAX_SHOWN_ERRORS = 20;

/** @throws UsageError that lists every invalid row; nothing was generated */
export async function readRows(name: string, cwd: string): Promise<readonly FileRow[]> {
  const text = await readText(name, cwd);
  const kind = extname(name).toLowerCase();
  const records = kind === '.csv' ? readCsv(text, name) : readJsonLines(text);
  if (records.length === 0) throw new UsageError(`${name} has no rows`, 'Write one request per line.');
  if (records.length > MAX_ROWS) throw new UsageError(`${name} has more than ${MAX_ROWS} rows`, 'Split the file.');
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
  if (faults.length > 0) throw faultyRowsError(faults, records.length);
  return rows;
}

/** @param faults one for each invalid row */
export function faultyRowsError(faults: readonly string[], all: number): UsageError {
  const more = faults.length > MAX_SHOWN_ERRORS ? [`and ${faults.length - MAX_SHOWN_ERRORS} more`] : [];
  return new UsageError(
    [`${faults.length} of ${all} rows are invalid`, ...faults.slice(0, MAX_SHOWN_ERRORS), ...more].join('\n  '),
    'Nothing was generated or charged. Fix them and run the same command again.',
  );
}

async function readText(name: string, cwd: string): Promise<string> {
  const toError = (why: string, hint: string) => new UsageError(`${name}: ${why}`, hint);
  if (!['.csv', '.jsonl', '.ndjson'].includes(extname(name).toLowerCase())) {
    throw toError('unknown file extension', 'Use a JSON Lines (.jsonl) or CSV (.csv) file.');
  }
  return readTextFile(resolve(cwd, name), { maxBytes: MAX_BYTES, toError });
}

/** `record` is a text when the row is invalid: it says why. */
interface ReadRow {
  readonly line: number;
  readonly record: Readonly<Record<string, unknown>> | string;
}

function readJsonLines(text: string): readonly ReadRow[] {
  return text.split('\n').flatMap((each, at): ReadRow[] => {
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
    return 'not a JSON object. Write for example {"prompt": "a red fox"}';
  } catch {
    return 'not valid JSON. Write for example {"prompt": "a red fox"}';
  }
}

function readCsv(text: string, name: string): readonly ReadRow[] {
  try {
    const columns = (header: readonly string[]) => checkHeader(header, name);
    const records = parse(text, { columns, bom: true, skip_empty_lines: true, trim: true, info: true });
    return (records as readonly { record: Record<string, string>; info: { lines: number } }[]).map(
      ({ record, info }) => ({
        line: info.lines,
        // An empty cell means no value.
        record: Object.fromEntries(Object.entries(record).filter(([, value]) => value !== '')),
      }),
    );
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const { lines, message } = error as CsvError & { readonly lines?: number };
    const where = lines === undefined ? '' : `, line ${lines}`;
    throw new UsageError(
      `${name}${where}: ${message}`,
      'Give each line one cell for each column of the first line, for example prompt,size,seed. Put text with commas or quotes in "…".',
    );
  }
}

/** Names of the library that differ from those of the flags. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  negativePrompt: 'negative',
  inputImages: 'input',
  inputs: 'input',
  count: 'n',
};
/** Returns one name for all spellings of a column. */
function canonicalName(column: string): string {
  const camel = toCamel(column);
  return OTHER_NAMES[camel] ?? camel;
}

/** @throws UsageError for two columns with one name, because one of them would be lost */
function checkHeader(header: readonly string[], name: string): string[] {
  const columnByName = new Map<string, string>();
  return header.map((column, at) => {
    // A column without a name may be empty. A value in it is reported under this name.
    if (column === '') return `column ${at + 1}`;
    if (column === '__proto__') throw new UsageError(`${name}: unknown column "__proto__"`, 'Remove it.');
    const canonical = column.startsWith('option.') ? column : canonicalName(column);
    const other = columnByName.get(canonical);
    if (other !== undefined) throw new UsageError(`${name}: ${sameColumn(other, column)}`, 'Remove one.');
    columnByName.set(canonical, column);
    return column;
  });
}

function sameColumn(one: string, other: string): string {
  const [first, second] = [one, other].map((column) => quoteName(column, 40));
  return one === other ? `the column ${first} appears twice` : `${first} and ${second} mean the same`;
}

const COLUMNS = ['prompt', 'variation', 'out', ...REQUEST_FLAGS];

function toFlags(record: Readonly<Record<string, unknown>>, isCsv: boolean): RowFlags {
  const flags: Record<string, unknown> = {};
  const columnByName = new Map<string, string>();
  for (const [column, value] of Object.entries(record)) {
    if (value === null || value === undefined) continue;
    const name = canonicalName(column);
    const other = columnByName.get(name);
    if (!isCsv && other !== undefined) throw new UsageError(sameColumn(other, column), 'Remove one.');
    columnByName.set(name, column);
    if (isCsv && column.startsWith('option.')) {
      flags.option = [...((flags.option as string[] | undefined) ?? []), `${column.slice(7)}=${String(value)}`];
    } else if (name === 'options' && typeof value === 'object' && !Array.isArray(value)) {
      flags.vendorOptions = value;
    } else if (name === 'option') {
      flags.option = [...((flags.option as string[] | undefined) ?? []), ...(toFlag(name, value) as readonly string[])];
    } else if (COLUMNS.includes(name)) flags[name] = toFlag(name, value);
    else {
      const near = suggest(name, COLUMNS);
      const hint = near ?? `Columns: ${COLUMNS.join(', ')}${isCsv ? ', option.<name>' : ', options'}.`;
      throw new UsageError(`unknown column ${quoteName(column, 40)}`, hint);
    }
  }
  const row = flags as RowFlags; // each value was checked
  const both = Object.keys(readProviderOptions((row.option as readonly string[] | undefined) ?? [])).find(
    (key) => row.vendorOptions && Object.hasOwn(row.vendorOptions, key),
  );
  if (both !== undefined) {
    throw new UsageError(`${JSON.stringify(both)} is in both "option" and "options"`, 'Remove one.');
  }
  return row;
}

/** Converts `Aspect Ratio`, `aspect-ratio` and `aspect_ratio` to `aspectRatio`. */
function toCamel(column: string): string {
  const words = column.split(/[-_ ]/).filter((word) => word !== '');
  const capital = (word: string) => `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`;
  const joined = words.map(capital).join('');
  return `${joined.slice(0, 1).toLowerCase()}${joined.slice(1)}`;
}

const VALUE_HINTS: Readonly<Record<string, string>> = {
  adapt: 'Use true or false.',
  input: 'Name one file or https link, or several: separated by semicolons in CSV, as a list in JSON.',
  option: 'Use key=value, or several of them: separated by semicolons in CSV, as a list in JSON.',
  fallback: 'Name providers separated by commas, or as a list in JSON.',
};

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
    `invalid ${name} ${quoteName(typeof value === 'string' ? value : JSON.stringify(value), 40)}`,
    VALUE_HINTS[name] ?? 'Give one text or number, or leave the cell empty.',
  );
}
