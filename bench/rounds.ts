/** Runs one case: in each round every subject once, each in its own process. */
import { join } from 'node:path';
import type { Case, Medians } from './cases.ts';
import type { Subject } from './child/clients.ts';
import type { Task } from './child/main.ts';
import type { Measurement } from './child/measures.ts';
import { runNode } from './processes.ts';
import { megabytes, milliseconds, type Row } from './report.ts';
import { medianOf } from './statistics.ts';

export interface Setting {
  readonly children: string;
  readonly entry: string;
  /** The file of the command line. */
  readonly command: string;
  readonly serverUrl: string;
  readonly rounds: number;
}

export const SUBJECTS: readonly Subject[] = ['raw', 'openai', 'ours'];

/** Interleaved, so that other load on the machine affects all subjects equally. The order rotates with the rounds. */
export async function interleave<T>(
  rounds: number,
  measure: (subject: Subject) => Promise<T>,
): Promise<Record<Subject, T[]>> {
  const results: Record<Subject, T[]> = { raw: [], openai: [], ours: [] };
  for (let round = 0; round < rounds; round++) {
    const first = round % SUBJECTS.length;
    for (const subject of [...SUBJECTS.slice(first), ...SUBJECTS.slice(0, first)])
      results[subject].push(await measure(subject));
  }
  return results;
}

export async function runCase(
  { title, answer, work, shown, goals }: Case,
  { children, entry, serverUrl, rounds }: Setting,
): Promise<Row> {
  const results = await interleave(rounds, async (subject) => {
    const task: Task = { subject, answer, work, serverUrl, entry };
    const output = await runNode(join(children, 'main.mjs'), {
      nodeFlags: ['--expose-gc'],
      args: [JSON.stringify(task)],
    });
    return JSON.parse(output) as Measurement;
  });
  const medians: Medians = {
    raw: medianOf(results.raw),
    openai: medianOf(results.openai),
    ours: medianOf(results.ours),
  };
  const show = (subject: Subject) => format(medians[subject][shown.field] ?? Number.NaN, shown.unit);
  return {
    title,
    figures: [show('raw'), show('openai'), show('ours')],
    goals: goals.map(({ label, value, limit, isMinimum = false }) => ({
      label,
      value: value(medians),
      limit,
      isMinimum,
    })),
  };
}

function format(value: number, unit: Case['shown']['unit']): string {
  if (unit === 'MB') return megabytes(value);
  return unit === 'ms' ? milliseconds(value) : `${value.toFixed(0)} /s`;
}
