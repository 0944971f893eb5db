/** `imagen usage`: what was spent, by day, provider or model. */
import { resolve } from 'node:path';
import { writeNewFile } from '../../../store/files/write-new-file.ts';
import { storeToLookAt } from '../../shared/artifacts.ts';
import { openApp } from '../../shared/open-app.ts';
import {
  GROUPINGS,
  type Grouping,
  groupUsage,
  type Spent,
  sumOf,
  toChart,
  toSvg,
  totalWords,
} from '../../shared/usage.ts';
import type { Commands } from '../commands.ts';
import type { CommandContext, GlobalOptions } from '../context.ts';
import type { Exit } from '../exit-codes.ts';
import { readChoice } from '../flags/enum-flag.ts';
import { readSince } from '../flags/time-flag.ts';
import { UsageError } from '../usage-error.ts';

export function addUsage({ program, action }: Commands): void {
  program
    .command('usage')
    .description('what was spent, as a chart; what is promised to a call under way counts as spent')
    .option('--by <what>', `${GROUPINGS.join(', ')} (default: day)`)
    .option('--since <time>', 'from then on: a date, a time, or how long ago it is, e.g. 24h, 7d, 2w')
    .option('--svg <file>', 'writes the chart as a picture, whose path is printed; nothing is ever overwritten')
    .action(action(usage));
}

interface UsageOptions extends GlobalOptions {
  readonly by?: string;
  readonly since?: string;
  readonly svg?: string;
}

async function usage(options: UsageOptions, context: CommandContext): Promise<Exit> {
  const { terminal, cwd, width } = context;
  const by = readChoice('--by', options.by ?? 'day', GROUPINGS);
  const since = options.since === undefined ? undefined : readSince(options.since);
  const svg = options.svg === undefined ? undefined : readSvgName(options.svg, cwd);
  await using bench = await openApp(options, context, { checkKeys: false });
  const store = storeToLookAt(bench);
  const rows = await store.usage(since);
  const spent = groupUsage(rows, by);
  const total = sumOf(rows);
  if (svg !== undefined) await writeSvg(svg, toPicture(spent, total, { by, since }));
  if (options.json) {
    terminal.document({ by, since: since ?? null, rows: spent, total, ...(svg !== undefined && { svg }) });
    return 'done';
  }
  const results = svg === undefined ? toChart(spent, width) : [svg];
  for (const line of results) terminal.result(line);
  terminal.notice(spent.length === 0 ? `nothing was spent, says ${store.directory}` : `in all ${totalWords(total)}`);
  return 'done';
}

function readSvgName(name: string, cwd: string): string {
  if (/\.svg$/i.test(name)) return resolve(cwd, name);
  throw new UsageError(`--svg ${name} is no name of an SVG file`, 'End it in .svg.');
}

function toPicture(
  spent: readonly Spent[],
  total: Omit<Spent, 'name'>,
  { by, since }: { readonly by: Grouping; readonly since: string | undefined },
): string {
  const from = since === undefined ? '' : ` since ${since.slice(0, 10)}`;
  const title = `Spent by ${by}${from}: ${totalWords(total)}`;
  const description = spent.map((each) => `${each.name}: ${totalWords(each)}`).join('; ') || 'Nothing was spent.';
  return toSvg(spent, { title, description });
}

const CAUSES: Readonly<Record<string, string>> = {
  EEXIST: 'it exists already',
  ENOENT: 'there is no such directory',
};

async function writeSvg(path: string, text: string): Promise<void> {
  try {
    await writeNewFile(path, new TextEncoder().encode(text));
  } catch (error) {
    const { code = 'unknown reason' } = error as NodeJS.ErrnoException;
    throw new UsageError(
      `cannot write ${path}: ${CAUSES[code] ?? code}`,
      'Nothing is ever overwritten: choose another name.',
    );
  }
}
