/** `imagen history`: what was drawn, found again, shown, drawn once more, deleted. */
import type { Command } from 'commander';
import { findProvider, suggestName } from '../../../providers/registry.ts';
import type { ArtifactQuery, ArtifactSummary } from '../../../store/index.ts';
import { findArtifact, findArtifacts, shortId, storeToLookAt } from '../../shared/artifacts.ts';
import { type AppContext, openApp } from '../../shared/open-app.ts';
import { toRerunRequest } from '../../shared/rerun.ts';
import type { Commands } from '../commands.ts';
import type { CommandContext, GlobalOptions } from '../context.ts';
import type { Exit } from '../exit-codes.ts';
import { readDeadline, readWhole } from '../flags/request-flags.ts';
import { readSince } from '../flags/time-flag.ts';
import { generateImages, type RunOptions } from '../generate-images.ts';
import { describePicture } from '../output/format-artifact.ts';
import { columns, dollars } from '../output/table.ts';
import { UsageError } from '../usage-error.ts';
import { addDrawOptions } from './generate.ts';

export function addHistory({ program, action }: Commands): void {
  const history = program
    .command('history')
    .description('what was drawn: search it, show it, draw it again, delete it');
  addSearch(history).action(action(search));
  history
    .command('show')
    .description('everything that is known of a picture')
    .argument('<id>', 'of the picture, or how it begins')
    .action(action(show));
  const rerun = history
    .command('rerun')
    .description('draw a picture again: the same request to the same provider and model; one picture is made')
    .argument('<id>', 'of the picture, or how it begins')
    .option('--seed <number>', 'another seed, or same: the one that the model reported (default: as it was asked for)')
    .option('--n <count>', 'how many, 1 to 100 (default: 1)')
    .option('--deadline <seconds>', 'when to give up waiting');
  addDrawOptions(rerun).action(action(drawAgain));
  history
    .command('delete')
    .description('delete pictures and their sidecars for good; what was made of them stays')
    .argument('<id...>', 'of the pictures, or how they begin')
    .option('--yes', 'really does it; without it nothing is deleted')
    .action(action(remove));
}

interface SearchOptions extends GlobalOptions {
  readonly provider?: string;
  readonly model?: string;
  readonly tag?: string;
  readonly since?: string;
  readonly parent?: string;
  readonly kept?: boolean;
  readonly rejectedToo?: boolean;
  readonly limit?: string;
}

function addSearch(history: Command): Command {
  return history
    .command('search')
    .description('list pictures, the latest first; those marked as rejected are left out')
    .argument('[words...]', 'all of them stand in the prompt, the model or the tags')
    .option('--provider <name>', 'drawn by this backend or provider')
    .option('--model <id>', 'drawn with this model')
    .option('--tag <name>', 'with this tag')
    .option('--since <time>', 'from then on: a date, a time, or how long ago it is, e.g. 24h, 7d, 2w')
    .option('--parent <id>', 'made from this picture')
    .option('--kept', 'marked as kept')
    .option('--rejected-too', 'those marked as rejected too')
    .option('--limit <count>', 'at most so many, 1 to 10000 (default: 100)');
}

const USUAL_LIMIT = 100;

async function search(words: readonly string[], options: SearchOptions, context: CommandContext): Promise<Exit> {
  const { terminal, width } = context;
  const { json, kept, rejectedToo, model, tag, parent } = options;
  if (kept && rejectedToo) {
    throw new UsageError('--kept and --rejected-too say different things', 'Leave one of them out.');
  }
  const limit = readWhole('--limit', options.limit, 1, 10_000) ?? USUAL_LIMIT;
  const since = options.since === undefined ? undefined : readSince(options.since);
  await using bench = await openApp(options, context, { checkKeys: false });
  const store = storeToLookAt(bench);
  const provider = options.provider === undefined ? undefined : providerAsKept(options.provider, bench);
  const query: ArtifactQuery = {
    text: words.join(' '),
    ...(provider !== undefined && { provider }),
    ...(model !== undefined && { model }),
    ...(tag !== undefined && { tag }),
    ...(since !== undefined && { since }),
    ...(parent !== undefined && { parent: (await findArtifact(store, parent)).id }),
    ...(kept ? { kept: true } : !rejectedToo && { kept: false }),
    limit: limit + 1,
  };
  const found = await store.search(query);
  const shown = found.slice(0, limit);
  const hasMore = found.length > limit;
  if (json) terminal.document({ pictures: shown, hasMore });
  else for (const line of tableOf(shown, width)) terminal.result(line);
  if (shown.length === 0) terminal.notice(`nothing was found in ${store.directory}`);
  if (hasMore) terminal.notice(`these are the latest ${limit}; there are more: --limit ${Math.min(limit * 2, 10_000)}`);
  const hint = shown.length === 0 && provider !== undefined ? suggestProvider(provider, bench) : undefined;
  if (hint !== undefined) terminal.notice(`no provider is called ${provider}. ${hint}`);
  return 'done';
}

/** An alias means its provider; a name of a backend stands for itself. */
function providerAsKept(name: string, { config }: AppContext): string {
  return Object.hasOwn(config.backends, name) ? name : (findProvider(name) ?? name);
}

/** Backends come and go, and their pictures stay: a name that nobody knows is no mistake by itself. */
function suggestProvider(name: string, { config }: AppContext): string | undefined {
  const backends = Object.keys(config.backends);
  if (backends.includes(name) || findProvider(name) !== undefined) return undefined;
  return suggestName(name, backends);
}

/** What stands beside the prompt is as wide as it is; the prompt takes the rest of the line. */
function tableOf(pictures: readonly ArtifactSummary[], width: number): readonly string[] {
  const rows = pictures.map(({ id, createdAt, provider, model, selection, costUsd, prompt, ...picture }) => [
    shortId(id),
    `${createdAt.slice(0, 10)} ${createdAt.slice(11, 16)}`,
    provider,
    model,
    `${picture.width}x${picture.height}`,
    costUsd === undefined ? '-' : dollars(costUsd),
    selection ?? '-',
    prompt,
  ]);
  const before = Math.max(...columns(rows.map((row) => [...row.slice(0, -1), '|'])).map(({ length }) => length), 0);
  return columns(rows, Math.max(width - before, LEAST_PROMPT));
}

/** Less of it says nothing, however narrow the terminal is. */
const LEAST_PROMPT = 16;

async function show(id: string, options: GlobalOptions, context: CommandContext): Promise<Exit> {
  const { terminal } = context;
  await using bench = await openApp(options, context, { checkKeys: false });
  const store = storeToLookAt(bench);
  const found = await findArtifact(store, id);
  const [artifact, lineage] = await Promise.all([store.get(found.id), store.lineage(found.id)]);
  if (options.json) terminal.document({ ...artifact, lineage });
  else for (const line of describePicture(artifact, lineage)) terminal.result(line);
  return 'done';
}

interface RerunOptions extends RunOptions {
  readonly seed?: string;
  readonly n?: string;
  readonly deadline?: string;
}

async function drawAgain(id: string, options: RerunOptions, context: CommandContext): Promise<Exit> {
  const deadlineMs = readDeadline(options);
  await using bench = await openApp(options, context);
  const store = storeToLookAt(bench);
  const artifact = await store.get((await findArtifact(store, id)).id);
  const request = await toRerunRequest(artifact, options, store);
  return await generateImages({ request, options, deadlineMs }, bench, context);
}

async function remove(
  ids: readonly string[],
  options: GlobalOptions & { readonly yes?: boolean },
  context: CommandContext,
): Promise<Exit> {
  const { terminal } = context;
  await using bench = await openApp(options, context, { checkKeys: false });
  const store = storeToLookAt(bench);
  const found = await findArtifacts(store, ids);
  if (!options.yes) {
    const what = found.length === 1 ? 'a picture' : `${found.length} pictures`;
    throw new UsageError(
      `this deletes ${what} for good: ${found.map(({ path }) => path).join(', ')}`,
      'Nothing was deleted. Say --yes to do it.',
    );
  }
  for (const { id, path } of found) {
    await store.delete(id);
    if (!options.json) terminal.result(path);
  }
  if (options.json) terminal.document({ deleted: found.map(({ id, path }) => ({ id, path })) });
  return 'done';
}
