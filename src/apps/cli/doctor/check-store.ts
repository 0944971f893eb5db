/** Checks of `imagen doctor` for the store, disk space, jobs and the clock. None makes a call or changes anything. */
import { existsSync } from 'node:fs';
import { access, constants, stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isOpen } from '../../../manager/jobs/job-states.ts';
import type { JobRecord, Store } from '../../../store/index.ts';
import { listJobs } from '../../shared/fetch-jobs.ts';
import type { AppContext } from '../../shared/open-app.ts';
import { queueFindings } from './check-queue.ts';
import { usageFindings } from './check-usage.ts';
import { collectFindings, type DoctorFinding, finding } from './finding.ts';

const MEGABYTE = 1_000_000;
/** With less free space, an image may not fit. */
const MIN_FREE_BYTES = 100 * MEGABYTE;
const LOW_FREE_BYTES = 1000 * MEGABYTE;

/** Does not create a store that does not exist yet. */
export async function storeFindings(
  app: Pick<AppContext, 'config' | 'store' | 'requireStore' | 'onNotice'>,
): Promise<readonly DoctorFinding[]> {
  const { store } = app;
  const now = new Date().toISOString();
  if (store === undefined) {
    return [finding('store', 'note', 'images are not stored, only saved to the files you name'), ...clockFindings(now)];
  }
  const { directory } = store;
  const existing = nearestExisting(directory);
  const space = await freeSpaceFinding(existing);
  if (existing !== directory) {
    const isWritable = (await stat(existing)).isDirectory() && (await canWrite(existing));
    if (isWritable) {
      return [finding('store', 'ok', `${directory} is created with the first image`), space, ...clockFindings(now)];
    }
    return [finding('store', 'fault', `cannot create ${directory}: ${existing} is not writable`)];
  }
  await store.preflight();
  const [latest] = await store.search({ limit: 1 });
  const usage = await store.usage();
  const spent = usage.length === 0 ? 'nothing was spent yet' : 'the ledger is readable';
  const stored = latest === undefined ? 'no images yet' : `the latest image is from ${latest.createdAt.slice(0, 10)}`;
  return [
    finding('store', 'ok', `${directory} is writable`),
    finding('store', 'ok', `${stored}, ${spent}`),
    space,
    ...(await jobFindings(app, store)),
    ...(await collectFindings('queue', () => queueFindings(app))),
    ...(await usageFindings(app, store)),
    ...clockFindings(now, latest?.createdAt),
  ];
}

const canWrite = (path: string): Promise<boolean> =>
  access(path, constants.W_OK).then(
    () => true,
    () => false,
  );

/** Returns the directory, or its nearest parent that exists. */
function nearestExisting(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : nearestExisting(dirname(path));
}

async function freeSpaceFinding(directory: string): Promise<DoctorFinding> {
  const { bavail, bsize } = await statfs(directory);
  return spaceFinding(bavail * bsize, directory);
}

export function spaceFinding(bytes: number, directory: string): DoctorFinding {
  const amount =
    bytes < 10 * LOW_FREE_BYTES ? `${Math.floor(bytes / MEGABYTE)} MB` : `${Math.floor(bytes / MEGABYTE / 1000)} GB`;
  const message = `${amount} free at ${directory}`;
  if (bytes < MIN_FREE_BYTES) {
    return finding('space', 'fault', message, 'Free some space, or use another directory with --store.');
  }
  return finding('space', bytes < LOW_FREE_BYTES ? 'note' : 'ok', message);
}

async function jobFindings(app: Pick<AppContext, 'config'>, store: Store): Promise<readonly DoctorFinding[]> {
  const unclaimed = (await listJobs(app, store)).filter(({ isHeld }) => !isHeld);
  const count = (wanted: JobRecord['state']) => unclaimed.filter(({ state }) => state === wanted).length;
  const [running, expired] = [count('running'), count('expired')];
  const unknown = unclaimed.filter((job) => isOpen(job)).length - running - expired;
  const toFetch = finding(
    'jobs',
    'note',
    `${running} submitted but not fetched yet`,
    'To fetch them: imagen jobs resume',
  );
  const toSettle = finding(
    'jobs',
    'note',
    `${unknown} with unknown outcome may have been charged`,
    'To see them: imagen jobs list',
  );
  const toFetchById = finding(
    'jobs',
    'note',
    `${expired} expired and not fetched; they may have been charged`,
    'To see them: imagen jobs list. To fetch one: imagen jobs resume ID',
  );
  if (running + expired + unknown === 0) return [finding('jobs', 'ok', 'no open jobs')];
  return [...(running > 0 ? [toFetch] : []), ...(expired > 0 ? [toFetchById] : []), ...(unknown > 0 ? [toSettle] : [])];
}

/** A clock that shows an earlier day than this code was written on is wrong. */
const MIN_DATE = '2026-11-01';
const DAY_MS = 86_400_000;

/** A wrong clock breaks signatures, daily budgets and file names. Only a clock that is certainly wrong is reported. */
export function clockFindings(now: string, latest?: string): readonly DoctorFinding[] {
  const today = now.slice(0, 10);
  const hint = 'Set the clock of this computer.';
  if (now < MIN_DATE) return [finding('clock', 'fault', `the clock says ${today}, which is too early`, hint)];
  if (latest !== undefined && Date.parse(latest) > Date.parse(now) + DAY_MS) {
    const message = `the clock says ${today}, but the latest image is from ${latest.slice(0, 10)}`;
    return [finding('clock', 'fault', message, hint)];
  }
  return [finding('clock', 'ok', `${now.slice(0, 16).replace('T', ' ')} UTC`)];
}
