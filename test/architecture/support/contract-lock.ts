/** Compares the contract in code with the written one, and says what a change requires. Pure functions; the test reads and writes files. */
import { createHash } from 'node:crypto';
import type { ContractForm } from './contract-form.ts';

export interface Golden extends ContractForm {
  /** The contract version of this form. */
  readonly contract: string;
}

export interface Paper {
  /** `contracts/ai-image-provider.md`. */
  readonly contract: string;
  /** Texts in `contracts/amendments`, by file name. */
  readonly amendments: Readonly<Record<string, string>>;
}

export interface Drift {
  readonly rule: 'P1' | 'P2';
  /** Where, e.g. `locked.types.AiImageResult.width`. */
  readonly at: string;
  readonly was: unknown;
  readonly is: unknown;
  readonly needsAmendment: boolean;
}

export const SECTIONS = [
  'Proposal',
  'Impact analysis',
  'Review',
  'Test update',
  'Approval',
  'Version increment',
] as const;

const PROCESS =
  'Write contracts/amendments/NNNN-name.md with a line "Version: X.Y.Z" and the sections ' +
  `${SECTIONS.join(', ')}; raise the version in contracts/ai-image-provider.md and add its row to the history; ` +
  'then run UPDATE_CONTRACT=1 npx vitest run test/architecture/contract-lock.test.ts';

const RECORD = 'No amendment is needed. Run UPDATE_CONTRACT=1 npx vitest run test/architecture/contract-lock.test.ts';

/** Returns all differences between the recorded form and the real one. */
export function findDrift(golden: ContractForm, real: ContractForm): Drift[] {
  return [
    ...differences(golden.locked, real.locked, 'locked').map((drift) => ({
      ...drift,
      needsAmendment: !isWording(drift.at),
    })),
    ...differences(golden.growing, real.growing, 'growing').map((drift) => ({
      ...drift,
      needsAmendment: !isGrowth(drift),
    })),
  ].map((drift) => ({ ...drift, rule: drift.at.startsWith('locked.types.AiImageResult') ? 'P1' : 'P2' }));
}

export function describeDrift({ rule, at, was, is, needsAmendment }: Drift): string {
  const change =
    was === undefined
      ? `added ${JSON.stringify(is)}`
      : is === undefined
        ? `removed ${JSON.stringify(was)}`
        : `changed from ${JSON.stringify(was)} to ${JSON.stringify(is)}`;
  return `${rule}: ${at} ${change}. ${needsAmendment ? PROCESS : RECORD}`;
}

/** Returns every mismatch between the contract in code, its recorded form and its text. */
export function checkLock(golden: Golden, real: ContractForm, paper: Paper): string[] {
  const version = versionOf(paper.contract);
  const row = history(paper.contract).find((each) => each.version === version);
  const problems = [...findDrift(golden, real).map(describeDrift), ...checkPaper(paper)];
  if (golden.contract !== version) {
    problems.push(`P2: the recorded form is of contract ${golden.contract}, the text is of ${version}. ${PROCESS}`);
  }
  if (row && row.fingerprint !== fingerprint(golden)) {
    problems.push(
      `P2: the recorded form was changed, but version ${version} has the fingerprint ${row.fingerprint} ` +
        `and the form has ${fingerprint(golden)}. ${PROCESS}`,
    );
  }
  return problems;
}

/** Checks the text: ascending versions, and for each version after the first an amendment with all sections. */
export function checkPaper({ contract, amendments }: Paper): string[] {
  const rows = history(contract);
  const problems: string[] = [];
  const version = versionOf(contract);
  if (rows.at(-1)?.version !== version)
    problems.push(`The last row of the history is not version ${version}. ${PROCESS}`);
  rows.forEach((row, index) => {
    const before = rows[index - 1];
    if (!before) return;
    if (compareVersions(row.version, before.version) <= 0) {
      problems.push(`Version ${row.version} follows ${before.version} in the history and is not higher.`);
    }
    const found = Object.entries(amendments).find(([file]) => file.startsWith(`${row.amendment}-`));
    if (!found) {
      problems.push(`Version ${row.version} has no file contracts/amendments/${row.amendment}-*.md. ${PROCESS}`);
    } else {
      problems.push(...checkAmendment(found[0], found[1], row.version));
    }
  });
  return problems;
}

function checkAmendment(file: string, text: string, version: string): string[] {
  const problems: string[] = [];
  if (versionOf(text) !== version) problems.push(`${file} is not for version ${version}. ${PROCESS}`);
  const parts = text.split(/^## /m).slice(1);
  const titles = parts.map((part) => part.split('\n', 1)[0]);
  if (titles.join() !== SECTIONS.join()) problems.push(`${file} has the sections ${titles.join(', ')}. ${PROCESS}`);
  for (const part of parts) {
    const [title = '', ...body] = part.split('\n');
    if (body.join('').trim() === '') problems.push(`${file} says nothing under "${title}". ${PROCESS}`);
  }
  return problems;
}

export type Update =
  | { readonly kind: 'refused'; readonly problems: readonly string[] }
  | { readonly kind: 'allowed'; readonly golden: Golden; readonly contract: string };

/** Returns what `UPDATE_CONTRACT=1` may write: the real form, unless it breaks a promise without a new version. */
export function planUpdate(golden: Golden | undefined, real: ContractForm, paper: Paper): Update {
  const version = versionOf(paper.contract);
  const problems = checkPaper(paper);
  const breaking = golden ? findDrift(golden, real).filter(({ needsAmendment }) => needsAmendment) : [];
  if (golden && breaking.length > 0 && compareVersions(version, golden.contract) <= 0) {
    problems.push(...breaking.map(describeDrift));
  }
  const next: Golden = { contract: version, ...real };
  const row = history(paper.contract).find((each) => each.version === version);
  if (row && row.fingerprint !== 'pending' && row.fingerprint !== fingerprint(next)) {
    problems.push(`P2: version ${version} was recorded with another form (${row.fingerprint}). ${PROCESS}`);
  }
  if (problems.length > 0) return { kind: 'refused', problems };
  return {
    kind: 'allowed',
    golden: next,
    contract: withErrorTable(stamped(paper.contract, version, fingerprint(next)), real),
  };
}

/** The start of the SHA-256 of the locked form, without descriptions. */
export function fingerprint({ locked }: ContractForm): string {
  const { types, lists, errors, schemas } = locked;
  const text = canonical({ types, lists, errors: withoutWording(errors), schemas: withoutWording(schemas) });
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

const ERRORS_START = '<!-- errors: written from ERROR_RULES in src/providers/protocol/error-rules.ts, do not edit -->';
const ERRORS_END = '<!-- /errors -->';

/** Replaces the table of errors in the contract's text. */
export function withErrorTable(contract: string, { locked }: ContractForm): string {
  const start = contract.indexOf(ERRORS_START);
  const end = contract.indexOf(ERRORS_END);
  if (start < 0 || end < start)
    throw new Error(`contracts/ai-image-provider.md needs the lines "${ERRORS_START}" and "${ERRORS_END}".`);
  const yes = (value: boolean) => (value ? 'yes' : 'no');
  const rows = Object.entries(locked.errors).map(
    ([code, { mayRetry, mayFailOver, charged, endsJob, meaning }]) =>
      `| \`${code}\` | ${yes(mayRetry)} | ${yes(mayFailOver)} | ${charged} | ${yes(endsJob)} | ${meaning} |`,
  );
  const head =
    '| Code | May retry | May fail over | Charged | Ends the job | Meaning |\n| --- | --- | --- | --- | --- | --- |';
  return `${contract.slice(0, start + ERRORS_START.length)}\n\n${head}\n${rows.join('\n')}\n\n${contract.slice(end)}`;
}

interface HistoryRow {
  readonly version: string;
  readonly amendment: string;
  readonly fingerprint: string;
}

const HISTORY_ROW = /^\| (\d+\.\d+\.\d+) \| \d{4}-\d\d-\d\d \| (\d{4}|–) \| ([^|]+) \|/gm;

function history(contract: string): HistoryRow[] {
  return [...contract.matchAll(HISTORY_ROW)].map(([, version = '', amendment = '', print = '']) => ({
    version,
    amendment,
    fingerprint: print.replaceAll('`', ''),
  }));
}

function stamped(contract: string, version: string, print: string): string {
  return contract.replace(HISTORY_ROW, (row, each) =>
    each === version ? row.replace('| pending |', `| \`${print}\` |`) : row,
  );
}

function versionOf(text: string): string {
  return /^Version: (\d+\.\d+\.\d+)$/m.exec(text)?.[1] ?? 'unknown';
}

function compareVersions(a: string, b: string): number {
  const numbers = (version: string) => version.split('.').map(Number);
  const [left, right] = [numbers(a), numbers(b)];
  return left.map((part, index) => part - (right[index] ?? 0)).find((difference) => difference !== 0) ?? 0;
}

type Difference = Pick<Drift, 'at' | 'was' | 'is'>;

function differences(was: unknown, is: unknown, at: string): Difference[] {
  if (!isRecord(was) || !isRecord(is)) return canonical(was) === canonical(is) ? [] : [{ at, was, is }];
  const keys = [...new Set([...Object.keys(was), ...Object.keys(is)])];
  return keys.flatMap((key) => differences(was[key], is[key], `${at}.${key}`));
}

/** Descriptions: changing them breaks no promise. */
function isWording(at: string): boolean {
  return /^locked\.(errors|schemas)\..*\.(description|meaning)$/.test(at);
}

function withoutWording(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutWording);
  if (!isRecord(value)) return value;
  const kept = Object.entries(value).filter(([key]) => key !== 'description' && key !== 'meaning');
  return Object.fromEntries(kept.map(([key, each]) => [key, withoutWording(each)]));
}

/** An optional member or a whole new type. */
function isGrowth({ at, was }: Difference): boolean {
  return was === undefined && (at.endsWith('?') || at.split('.').length === 2);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** JSON with sorted keys. */
function canonical(value: unknown): string {
  if (value === undefined) return 'undefined';
  return JSON.stringify(value, (_key, each: unknown) => {
    if (!isRecord(each)) return each;
    return Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
