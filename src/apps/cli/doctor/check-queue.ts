/** Checks of `imagen doctor` for the queue of the store. */
import type { QueueCounts } from '../../../queue/index.ts';
import type { WorkState } from '../../../queue/queue-engine.ts';
import type { AppContext } from '../../shared/open-app.ts';
import { openQueue } from '../../shared/open-queue.ts';
import { durationText, pauseText } from '../output/tables/work-rows.ts';
import { type DoctorFinding, finding } from './finding.ts';

/** Work that waits longer without a running worker has probably none. */
const LONG_WAIT_MS = 600_000;

/** Call it for a store that exists. */
export async function queueFindings(
  app: Pick<AppContext, 'requireStore' | 'onNotice'>,
): Promise<readonly DoctorFinding[]> {
  await using opened = openQueue(app);
  const [counts, pauses] = await Promise.all([opened.queue.counts(), opened.queue.pauses()]);
  const sum = (state: WorkState) => counts.reduce((all, { states }) => all + states[state], 0);
  const [waiting, active] = [sum('waiting'), sum('active')];
  const paused = pauses.map((pause) => finding('queue', 'note', pauseText(pause)));
  const open = waiting + active === 0 ? 'no work waits' : `${waiting} waiting, ${active} active`;
  return [finding('queue', 'ok', open), ...paused, ...ageFindings(counts, active), ...endFindings(counts, sum)];
}

function ageFindings(counts: readonly QueueCounts[], active: number): readonly DoctorFinding[] {
  const oldest = Math.max(0, ...counts.map(({ oldestWaitingMs }) => oldestWaitingMs));
  if (oldest < LONG_WAIT_MS) return [];
  const message = `the oldest work has waited ${durationText(oldest)}`;
  if (active > 0)
    return [finding('queue', 'note', message, 'More workers, or a higher --concurrency, would shorten it')];
  return [finding('queue', 'note', `${message}, and no worker is running any`, 'To start one: imagen worker')];
}

function endFindings(counts: readonly QueueCounts[], sum: (state: WorkState) => number): readonly DoctorFinding[] {
  const unreadable = counts.reduce((all, each) => all + each.unreadable, 0);
  const [dead, unknown] = [sum('dead'), sum('unknown')];
  return [
    ...(unreadable > 0
      ? [finding('queue', 'note', `${unreadable} waiting for a newer version of the worker`, 'Update the workers')]
      : []),
    ...(dead > 0 ? [finding('queue', 'note', `${dead} dead`, 'To see why: imagen queue dead')] : []),
    ...(unknown > 0
      ? [
          finding(
            'queue',
            'note',
            `${unknown} with unknown outcome may have been charged`,
            'To see them: imagen queue dead',
          ),
        ]
      : []),
  ];
}
