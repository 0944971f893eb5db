/** `imagen styles`: lists styles that add words to a prompt, and the vendors' own styles. */
import type { StylePreset } from '../../../index.ts';
import { STYLES } from '../../../manager/prompt/styles.ts';
import { quoteName } from '../../../providers/protocol/input/hide-keys.ts';
import { suggest } from '../../../providers/registry.ts';
import { listModels } from '../../shared/backend-models.ts';
import { findBackend, listBackends } from '../../shared/list-backends.ts';
import type { AppContext } from '../../shared/open-app.ts';
import type { CommandContext, CommandSetup, GlobalOptions } from '../context.ts';
import type { Exit } from '../exit-codes.ts';
import { openCommandApp } from '../open-command-app.ts';
import { alignColumns, withHeader } from '../output/tables/align-columns.ts';
import { UsageError } from '../usage-error.ts';

interface StylesOptions extends GlobalOptions {
  readonly provider?: string;
  readonly model?: string;
}

interface Style extends StylePreset {
  readonly name: string;
  readonly from: 'configuration' | 'built in';
}

export function addStyles({ command, action }: CommandSetup): void {
  command
    .command('list', { isDefault: true })
    .description('list styles and the words they add; with --provider, the vendor’s own styles')
    .argument('[words...]', 'words that a style must contain')
    .option('--provider <name>', 'the vendor’s own styles, by model')
    .option('--model <id>', 'the vendor’s own styles for this model')
    .action(action(list));
  command
    .command('show')
    .description('show everything that a style adds')
    .argument('<name>', 'name from imagen styles')
    .action(action(show));
}

/** A style of the configuration replaces a built-in style of the same name. */
function stylesOf({ config }: AppContext): readonly Style[] {
  const own = (name: string): Style['from'] => (Object.hasOwn(config.styles, name) ? 'configuration' : 'built in');
  return Object.entries({ ...STYLES, ...config.styles }).map(([name, preset]) => ({
    name,
    from: own(name),
    ...preset,
  }));
}

async function list(words: readonly string[], options: StylesOptions, context: CommandContext): Promise<Exit> {
  const { terminal, isTerminal } = context;
  await using app = await openCommandApp({ ...options, store: false }, context, { checkKeys: false });
  const { provider, model } = options;
  if (provider !== undefined || model !== undefined) return await listVendorStyles(words, options, app, context);
  const all = stylesOf(app);
  const found = all.filter((style) =>
    containsAll(`${style.name} ${style.prompt} ${style.negativePrompt ?? ''}`, words),
  );
  if (options.json) {
    terminal.document({ styles: found });
    return 'done';
  }
  const rows = found.map(({ name, from, prompt }) => [name, from, prompt]);
  for (const line of alignColumns(withHeader(['style', 'from', 'adds'], rows, isTerminal))) terminal.result(line);
  if (found.length === 0) terminal.notice(nothingFound(words, [...all.map(({ name }) => name), 'show']));
  return 'done';
}

/** Without a provider: the styles of every provider that has the model. */
async function listVendorStyles(
  words: readonly string[],
  { provider, model, json }: StylesOptions,
  { config }: AppContext,
  { terminal, env, isTerminal }: CommandContext,
): Promise<Exit> {
  const backends = provider === undefined ? listBackends(config, env, true) : [findBackend(provider, config, env)];
  const cards = await Promise.all(
    backends.map(async (backend) =>
      Object.entries((await listModels(backend, env)).models).map(([id, card]) => ({ of: backend.name, id, card })),
    ),
  );
  const known = cards.flat();
  const meant = model === undefined ? known : known.filter(({ id }) => id === model);
  if (meant.length === 0 && model !== undefined) {
    const ids = known.map(({ id }) => id);
    throw new UsageError(
      `there is no model ${quoteName(model, 100)}${provider === undefined ? '' : ` at ${provider}`}`,
      suggest(model, ids) ?? 'To see the models: imagen models',
    );
  }
  const styles = meant.flatMap(({ of, id, card }) =>
    (card.styles ?? []).map((name) => ({ name, provider: of, model: id })),
  );
  const found = styles.filter(({ name }) => containsAll(name, words));
  if (json) {
    terminal.document({ styles: found });
    return 'done';
  }
  const rows = found.map((style) => [style.name, style.provider, style.model]);
  for (const line of alignColumns(withHeader(['style', 'provider', 'model'], rows, isTerminal))) terminal.result(line);
  if (found.length === 0)
    terminal.notice(
      styles.length === 0
        ? `${model ?? provider} has no styles of its own. Those of imagen styles work with every model.`
        : nothingFound(
            words,
            styles.map(({ name }) => name),
          ),
    );
  return 'done';
}

async function show(name: string, options: GlobalOptions, context: CommandContext): Promise<Exit> {
  const { terminal } = context;
  await using app = await openCommandApp({ ...options, store: false }, context, { checkKeys: false });
  const all = stylesOf(app);
  const style = all.find((each) => each.name === name);
  if (style === undefined) {
    const names = all.map((each) => each.name);
    throw new UsageError(
      `there is no style ${quoteName(name)}`,
      suggest(name, names) ?? 'To see the styles: imagen styles. For a vendor’s own, add --provider.',
    );
  }
  if (options.json) {
    terminal.document(style);
    return 'done';
  }
  const rows = [
    ['style', style.name],
    ['from', style.from],
    ['adds', style.prompt],
    ...(style.negativePrompt === undefined ? [] : [['avoids', style.negativePrompt]]),
  ];
  for (const line of alignColumns(rows, Number.POSITIVE_INFINITY)) terminal.result(line);
  return 'done';
}

const containsAll = (text: string, words: readonly string[]): boolean =>
  words.every((word) => text.toLowerCase().includes(word.trim().toLowerCase()));

function nothingFound(words: readonly string[], names: readonly string[]): string {
  return ['no styles found', ...words.flatMap((word) => suggest(word, names) ?? [])].join('. ');
}
