/** `imagen reindex`: rebuilds the index or the ledger of the store from the sidecars. */
import { existsSync } from 'node:fs';
import type { JobRecord, Store } from '../../../store/index.ts';
import { requireExistingStore } from '../../shared/find-artifact.ts';
import type { CommandContext, CommandSetup, GlobalOptions } from '../context.ts';
import type { Exit } from '../exit-codes.ts';
import { openCommandApp } from '../open-command-app.ts';
import { UsageError } from '../usage-error.ts';

export function addReindex({ command, action }: CommandSetup): void {
  command
    .option('--ledger', 'rebuild the ledger instead: it will have stored images only, and the old file is kept')
    .action(action(reindex));
}

interface ReindexOptions extends GlobalOptions {
  readonly ledger?: boolean;
}

async function reindex(options: ReindexOptions, context: CommandContext): Promise<Exit> {
  const { terminal } = context;
  await using app = await openCommandApp(options, context, { checkKeys: false });
  const store = requireExistingStore(app);
  if (options.ledger) return await rebuildLedger(store, options, context);
  const { artifacts, skipped } = await store.reindex();
  if (options.json) terminal.document({ directory: store.directory, artifacts, skipped });
  else for (const path of skipped) terminal.result(path);
  terminal.notice(`${store.directory}: ${artifacts} ${artifacts === 1 ? 'image' : 'images'} in the index`);
  if (skipped.length > 0) terminal.notice(`sidecars that cannot be read, left unchanged: ${skipped.length}`);
  return skipped.length === 0 ? 'done' : 'faulty';
}

async function rebuildLedger(store: Store, { json }: ReindexOptions, { terminal }: CommandContext): Promise<Exit> {
  const open = await openJobs(store);
  if (open.length > 0) {
    throw new UsageError(
      `the ledger is readable; rebuilding it would delete the records of ${open.length} unfinished ${open.length === 1 ? 'call' : 'calls'}`,
      'Nothing was changed. Finish them first: imagen jobs resume, or imagen jobs settle for calls without a job.',
    );
  }
  const { spendings, lost = [], old } = await store.repairLedger();
  const backup = old !== undefined && existsSync(old) ? old : undefined;
  if (json) terminal.document({ directory: store.directory, spendings, lost, old: backup ?? null });
  else if (backup !== undefined) terminal.result(backup);
  terminal.notice(`${store.directory}: the ledger now has ${spendings} ${spendings === 1 ? 'entry' : 'entries'}`);
  if (backup !== undefined && lost.length > 0)
    terminal.notice(`tables of the old ledger that could not be read completely: ${lost.join(', ')}`);
  if (backup !== undefined) terminal.notice('the old ledger was kept under another name');
  return 'done';
}

/** Jobs are recorded in the ledger's file. A damaged file has none. */
async function openJobs({ jobs }: Store): Promise<readonly JobRecord[]> {
  const all = await jobs.list().catch(() => []);
  return all.filter(({ state }) => state === 'running' || state === 'submitting');
}
