/** `imagen styles`: words that a style adds to a prompt, and the styles that vendors have of their own. */
import type { StylePreset } from '../../../index.ts';
import { STYLES } from '../../../manager/prompt/styles.ts';
import { suggest } from '../../../providers/registry.ts';
import { findBackend, listBackends, modelsOf } from '../../shared/backends.ts';
import { type AppContext, openApp } from '../../shared/open-app.ts';
import type { Commands } from '../commands.ts';
import type { CommandContext, GlobalOptions } from '../context.ts';
import type { Exit } from '../exit-codes.ts';
import { columns, titled } from '../output/table.ts';
import { UsageError } from '../usage-error.ts';

interface StylesOptions extends GlobalOptions {
  readonly provider?: string;
  readonly model?: string;
}

interface Style extends StylePreset {
  readonly name: string;
  readonly from: 'configuration' | 'built in';
}

export function addStyles({ program, action }: Commands): void {
  const group = program.command('styles').description('what can be named with --style');
  group
    .command('list', { isDefault: true })
    .description('the styles, with the words they add; with --provider the vendor’s own')
    .argument('[words...]', 'only those that hold all of these')
    .option('--provider <name>', 'the styles that a vendor has of its own, by model')
    .option('--model <id>', 'the same of one model')
    .action(action(list));
  group
    .command('show')
    .description('everything a style adds')
    .argument('<name>', 'a style of imagen styles')
    .action(action(show));
}

/** The file's take the place of those that are called the same. */
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
  await using bench = await openApp({ ...options, store: false }, context, { checkKeys: false });
  const { provider, model } = options;
  if (provider !== undefined || model !== undefined) return await listOwn(words, options, bench, context);
  const all = stylesOf(bench);
  const found = all.filter((style) => holds(`${style.name} ${style.prompt} ${style.negativePrompt ?? ''}`, words));
  if (options.json) {
    terminal.document({ styles: found });
    return 'done';
  }
  const rows = found.map(({ name, from, prompt }) => [name, from, prompt]);
  for (const line of columns(titled(['style', 'from', 'adds'], rows, isTerminal))) terminal.result(line);
  if (found.length === 0) terminal.notice(nothing(words, [...all.map(({ name }) => name), 'show']));
  return 'done';
}

/** Without a provider, of every one that has the model. */
async function listOwn(
  words: readonly string[],
  { provider, model, json }: StylesOptions,
  { config }: AppContext,
  { terminal, env, isTerminal }: CommandContext,
): Promise<Exit> {
  const backends = provider === undefined ? listBackends(config, env, true) : [findBackend(provider, config, env)];
  const cards = await Promise.all(
    backends.map(async (backend) =>
      Object.entries((await modelsOf(backend, env)).models).map(([id, card]) => ({ of: backend.name, id, card })),
    ),
  );
  const known = cards.flat();
  const meant = model === undefined ? known : known.filter(({ id }) => id === model);
  if (meant.length === 0 && model !== undefined) {
    const ids = known.map(({ id }) => id);
    throw new UsageError(
      `there is no model ${JSON.stringify(model.slice(0, 100))}${provider === undefined ? '' : ` at ${provider}`}`,
      suggest(model, ids) ?? 'See imagen models.',
    );
  }
  const styles = meant.flatMap(({ of, id, card }) =>
    (card.styles ?? []).map((name) => ({ name, provider: of, model: id })),
  );
  const found = styles.filter(({ name }) => holds(name, words));
  if (json) {
    terminal.document({ styles: found });
    return 'done';
  }
  const rows = found.map((style) => [style.name, style.provider, style.model]);
  for (const line of columns(titled(['style', 'provider', 'model'], rows, isTerminal))) terminal.result(line);
  if (found.length === 0)
    terminal.notice(
      styles.length === 0
        ? `${model ?? provider} has no styles of its own; those of imagen styles are words, and go everywhere`
        : nothing(
            words,
            styles.map(({ name }) => name),
          ),
    );
  return 'done';
}

async function show(name: string, options: GlobalOptions, context: CommandContext): Promise<Exit> {
  const { terminal } = context;
  await using bench = await openApp({ ...options, store: false }, context, { checkKeys: false });
  const all = stylesOf(bench);
  const style = all.find((each) => each.name === name);
  if (style === undefined) {
    const names = all.map((each) => each.name);
    throw new UsageError(
      `there is no style ${JSON.stringify(name.slice(0, 60))}`,
      suggest(name, names) ?? 'See imagen styles; those of a vendor are listed with --provider.',
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
  for (const line of columns(rows, Number.POSITIVE_INFINITY)) terminal.result(line);
  return 'done';
}

const holds = (text: string, words: readonly string[]): boolean =>
  words.every((word) => text.toLowerCase().includes(word.trim().toLowerCase()));

function nothing(words: readonly string[], names: readonly string[]): string {
  return ['no style is like that', ...words.flatMap((word) => suggest(word, names) ?? [])].join('. ');
}
