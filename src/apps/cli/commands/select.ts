/** `imagen select`: a person's choice among pictures, written into their sidecars. */
import { Option } from 'commander';
import type { Artifact, Store } from '../../../store/index.ts';
import { findArtifacts, storeToLookAt } from '../../shared/artifacts.ts';
import { openApp } from '../../shared/open-app.ts';
import type { Commands } from '../commands.ts';
import type { CommandContext, GlobalOptions } from '../context.ts';
import type { Exit } from '../exit-codes.ts';
import { all } from '../flags/request-flags.ts';
import { UsageError } from '../usage-error.ts';

export function addSelect({ program, action }: Commands): void {
  program
    .command('select')
    .description('mark pictures as kept; their paths are printed on standard output')
    .argument('<id...>', 'of the pictures, or how they begin')
    .addOption(new Option('--reject', 'marks them as rejected').conflicts('clear'))
    .option('--clear', 'takes the mark away')
    .option('--tag <name>', 'adds a tag; may be repeated', all)
    .action(action(select));
}

interface SelectOptions extends GlobalOptions {
  readonly reject?: boolean;
  readonly clear?: boolean;
  readonly tag?: readonly string[];
}

const MOST_TAG_LETTERS = 100;

async function select(ids: readonly string[], options: SelectOptions, context: CommandContext): Promise<Exit> {
  const { terminal } = context;
  const tags = (options.tag ?? []).map(readTag);
  await using bench = await openApp(options, context, { checkKeys: false });
  const store = storeToLookAt(bench);
  const marked: Artifact[] = [];
  for (const { id } of await findArtifacts(store, ids)) {
    const artifact = await mark(store, id, options);
    const added = tags.filter((tag) => !artifact.tags.includes(tag));
    marked.push(added.length === 0 ? artifact : await store.tag(id, [...artifact.tags, ...added]));
  }
  if (options.json) {
    const pictures = marked.map(({ id, path, selection = null, tags: all }) => ({ id, path, selection, tags: all }));
    terminal.document({ pictures });
  } else for (const { path } of marked) terminal.result(path);
  return 'done';
}

function mark({ keep, reject, unmark }: Store, id: string, options: SelectOptions): Promise<Artifact> {
  if (options.clear) return unmark(id);
  return options.reject ? reject(id) : keep(id);
}

function readTag(given: string): string {
  const tag = given.trim();
  if (tag !== '' && tag.length <= MOST_TAG_LETTERS) return tag;
  throw new UsageError(
    `--tag ${JSON.stringify(given.slice(0, 40))} is no tag`,
    `A tag has from 1 to ${MOST_TAG_LETTERS} characters.`,
  );
}
