/** `imagen reindex`: the catalog, or the ledger, made again from the sidecars. */
import { existsSync } from 'node:fs';
import type { JobRecord, Store } from '../../../store/index.ts';
import { storeToLookAt } from '../../shared/artifacts.ts';
import { openApp } from '../../shared/open-app.ts';
import type { Commands } from '../commands.ts';
import type { CommandContext, GlobalOptions } from '../context.ts';
import type { Exit } from '../exit-codes.ts';
import { UsageError } from '../usage-error.ts';

export function addReindex({ program, action }: Commands): void {
  program
    .command('reindex')
    .description('make the catalog of the store again from the sidecars; ends with 10 where one cannot be read')
    .option('--ledger', 'the ledger instead, which knows then what was kept and nothing else; the old one is put aside')
    .action(action(reindex));
}

interface ReindexOptions extends GlobalOptions {
  readonly ledger?: boolean;
}

async function reindex(options: ReindexOptions, context: CommandContext): Promise<Exit> {
  const { terminal } = context;
  await using bench = await openApp(options, context, { checkKeys: false });
  const store = storeToLookAt(bench);
  if (options.ledger) return await makeLedger(store, options, context);
  const { artifacts, passedOver } = await store.reindex();
  if (options.json) terminal.document({ directory: store.directory, artifacts, passedOver });
  else for (const path of passedOver) terminal.result(path);
  terminal.notice(`${store.directory}: ${artifacts} ${artifacts === 1 ? 'picture' : 'pictures'} in the catalog`);
  if (passedOver.length > 0) terminal.notice(`sidecars that cannot be read, left as they are: ${passedOver.length}`);
  return passedOver.length === 0 ? 'done' : 'faulty';
}

async function makeLedger(store: Store, { json }: ReindexOptions, { terminal }: CommandContext): Promise<Exit> {
  const open = await jobsInLedger(store);
  if (open.length > 0) {
    throw new UsageError(
      `the ledger can be read, and ${open.length} ${open.length === 1 ? 'call' : 'calls'} under way would be lost with it`,
      'Fetch them first: imagen jobs resume. imagen jobs list shows them.',
    );
  }
  const { spendings, old } = await store.repairLedger();
  const aside = existsSync(old) ? old : undefined;
  if (json) terminal.document({ directory: store.directory, spendings, old: aside ?? null });
  else if (aside !== undefined) terminal.result(aside);
  terminal.notice(`${store.directory}: the ledger knows ${spendings} ${spendings === 1 ? 'picture' : 'pictures'} now`);
  if (aside !== undefined) terminal.notice('the old one was put aside');
  return 'done';
}

/** Jobs are on record in the ledger's own file. One that is torn tells of none. */
async function jobsInLedger({ jobs }: Store): Promise<readonly JobRecord[]> {
  const all = await jobs.list().catch(() => []);
  return all.filter(({ state }) => state === 'running' || state === 'submitting');
}
