/** `imagen select`: keeps or rejects images, and tags them. */
import { Option } from 'commander';
import { quoteName } from '../../../providers/protocol/input/hide-keys.ts';
import type { Artifact, Store } from '../../../store/index.ts';
import { findArtifacts, requireExistingStore } from '../../shared/find-artifact.ts';
import type { CommandContext, CommandSetup, GlobalOptions } from '../context.ts';
import type { Exit } from '../exit-codes.ts';
import { repeatable } from '../flags/repeatable.ts';
import { openCommandApp } from '../open-command-app.ts';
import { UsageError } from '../usage-error.ts';

export function addSelect({ command, action }: CommandSetup): void {
  command
    .argument('<id...>', 'ids of the images, or their beginnings')
    .addOption(new Option('--reject', 'reject them instead').conflicts('clear'))
    .option('--clear', 'clear the selection: neither kept nor rejected')
    .option('--tag <name>', 'add a tag; may be repeated', repeatable)
    .action(action(select));
}

interface SelectOptions extends GlobalOptions {
  readonly reject?: boolean;
  readonly clear?: boolean;
  readonly tag?: readonly string[];
}

const MAX_TAG_LENGTH = 100;

async function select(ids: readonly string[], options: SelectOptions, context: CommandContext): Promise<Exit> {
  const { terminal } = context;
  const tags = (options.tag ?? []).map(readTag);
  await using app = await openCommandApp(options, context, { checkKeys: false });
  const store = requireExistingStore(app);
  const selected: Artifact[] = [];
  for (const { id } of await findArtifacts(store, ids)) {
    const artifact = await applySelection(store, id, options);
    const added = tags.filter((tag) => !artifact.tags.includes(tag));
    selected.push(added.length === 0 ? artifact : await store.tag(id, [...artifact.tags, ...added]));
  }
  if (options.json) {
    const images = selected.map(({ id, path, selection = null, tags: all }) => ({ id, path, selection, tags: all }));
    terminal.document({ images });
  } else for (const { path } of selected) terminal.result(path);
  return 'done';
}

function applySelection(
  { keep, reject, clearSelection }: Store,
  id: string,
  options: SelectOptions,
): Promise<Artifact> {
  if (options.clear) return clearSelection(id);
  return options.reject ? reject(id) : keep(id);
}

function readTag(given: string): string {
  const tag = given.trim();
  if (tag !== '' && tag.length <= MAX_TAG_LENGTH) return tag;
  throw new UsageError(`invalid --tag ${quoteName(given, 40)}`, `Use 1 to ${MAX_TAG_LENGTH} characters.`);
}
