/** `imagen usage`: shows what was spent, by day, provider, model or project. */

import { resolve } from 'node:path';
import { quoteName } from '../../../providers/protocol/input/hide-keys.ts';
import { codeOf } from '../../../store/files/files.ts';
import { describeSystemError } from '../../../store/files/system-error.ts';
import { writeNewFile } from '../../../store/files/write-new-file.ts';
import { requireExistingStore } from '../../shared/find-artifact.ts';
import { GROUPINGS, type Grouping, groupUsage, sumUsage, type UsageTotal } from '../../shared/group-usage.ts';
import type { CommandContext, CommandSetup, GlobalOptions } from '../context.ts';
import type { Exit } from '../exit-codes.ts';
import { toFileError } from '../file-error.ts';
import { readChoice } from '../flags/enum-flag.ts';
import { readSince } from '../flags/time-flag.ts';
import { openCommandApp } from '../open-command-app.ts';
import { toChart, totalText } from '../output/tables/usage-chart.ts';
import { toSvg } from '../output/tables/usage-svg.ts';
import { UsageError } from '../usage-error.ts';

export function addUsage({ command, action }: CommandSetup): void {
  command
    .option('--by <what>', `${GROUPINGS.join(', ')} (default: day)`)
    .option('--since <time>', 'spent since a date, a time, or how long ago: 24h, 7d, 2w')
    .option('--svg <file>', 'write the chart as an SVG file and print its path; never overwrites a file')
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
  await using app = await openCommandApp(options, context, { checkKeys: false });
  const store = requireExistingStore(app);
  const rows = await store.usage(since, { perProject: by === 'project' });
  const totals = groupUsage(rows, by);
  const total = sumUsage(rows);
  if (svg !== undefined) await writeSvg(svg, toSvgChart(totals, total, { by, since }));
  if (options.json) {
    terminal.document({ by, since: since ?? null, rows: totals, total, ...(svg !== undefined && { svg }) });
    return 'done';
  }
  const results = svg === undefined ? toChart(totals, width) : [svg];
  for (const line of results) terminal.result(line);
  terminal.notice(
    totals.length === 0 ? `nothing was spent, according to ${store.directory}` : `total: ${totalText(total)}`,
  );
  return 'done';
}

function readSvgName(name: string, cwd: string): string {
  if (/\.svg$/i.test(name)) return resolve(cwd, name);
  throw new UsageError(`invalid --svg ${quoteName(name)}`, 'Use a file name that ends in .svg.');
}

function toSvgChart(
  totals: readonly UsageTotal[],
  total: Omit<UsageTotal, 'name'>,
  { by, since }: { readonly by: Grouping; readonly since: string | undefined },
): string {
  const from = since === undefined ? '' : ` since ${since.slice(0, 10)}`;
  const title = `Spent by ${by}${from}: ${totalText(total)}`;
  const description = totals.map((each) => `${each.name}: ${totalText(each)}`).join('; ') || 'Nothing was spent.';
  return toSvg(totals, { title, description });
}

async function writeSvg(path: string, text: string): Promise<void> {
  try {
    await writeNewFile(path, new TextEncoder().encode(text));
  } catch (error) {
    throw toWriteError(path, error);
  }
}

function toWriteError(path: string, error: unknown): Error {
  switch (codeOf(error)) {
    case 'EEXIST':
      return new UsageError(`${path} already exists`, 'Choose another name. Existing files are never overwritten.');
    case 'ENOENT':
      return new UsageError(
        `cannot write ${path}: its directory does not exist`,
        'Create the directory, or choose another path.',
      );
    default:
      return toFileError(
        `cannot write ${path}: ${describeSystemError(error)}`,
        'Check the permissions and the free space of its directory, or choose another path.',
        error,
      );
  }
}
