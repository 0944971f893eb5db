/** `imagen models`: lists models with sizes, prices and shutdown dates. Needs no key and sends nothing. */
import type { ModelCard } from '../../../index.ts';
import { quoteName } from '../../../providers/protocol/input/hide-keys.ts';
import { registry, suggest } from '../../../providers/registry.ts';
import { listModels } from '../../shared/backend-models.ts';
import { type Backend, findBackend, listBackends } from '../../shared/list-backends.ts';
import type { CommandContext, CommandSetup, GlobalOptions } from '../context.ts';
import type { Exit } from '../exit-codes.ts';
import { readChoice } from '../flags/enum-flag.ts';
import { repeatable } from '../flags/repeatable.ts';
import { openCommandApp } from '../open-command-app.ts';
import { alignColumns, withHeader } from '../output/tables/align-columns.ts';
import {
  ABILITIES,
  type Ability,
  editsText,
  hasAbility,
  lifecycleOf,
  lifecycleText,
  lowestPrice,
  type ModelLifecycle,
  priceText,
  sizesText,
} from '../output/tables/model-texts.ts';
import { UsageError } from '../usage-error.ts';

interface ModelsOptions extends GlobalOptions {
  readonly provider?: string;
  readonly can?: readonly string[];
  readonly maxPrice?: string;
}

export function addModels({ command, action }: CommandSetup): void {
  command
    .argument('[words...]', 'words that the name, the provider or the abilities must contain')
    .option('--provider <name>', 'only models of this backend or provider')
    .option('--can <ability>', `only models with this ability: ${ABILITIES.join(', ')}; may be repeated`, repeatable)
    .option('--max-price <dollars>', 'maximum price of an image; the cheapest model comes first')
    .action(action(models));
}

export interface ModelRow {
  readonly provider: string;
  readonly model: string;
  /** Its provider uses it for a request that names no model. */
  readonly isDefault: boolean;
  readonly life: ModelLifecycle;
  readonly card: ModelCard;
  /** Lower-case text that the words are searched in. */
  readonly text: string;
}

async function models(words: readonly string[], options: ModelsOptions, context: CommandContext): Promise<Exit> {
  const { terminal, env, isTerminal } = context;
  const abilities = (options.can ?? []).map((each) => readChoice('--can', each, ABILITIES));
  const maxPrice = readPrice(options.maxPrice);
  await using app = await openCommandApp({ ...options, store: false }, context, { checkKeys: false });
  const { provider } = options;
  const backends =
    provider === undefined ? listBackends(app.config, env, true) : [findBackend(provider, app.config, env)];
  const today = new Date().toISOString().slice(0, 10);
  const all = (await Promise.all(backends.map((backend) => listRows(backend, env, today)))).flat();
  const able = all.filter(
    ({ card, text }) => abilities.every((each) => hasAbility(card, each)) && containsAll(text, words),
  );
  const found = withinPrice(able, maxPrice);
  const unpriced = able.filter(({ card, life }) => life !== 'retired' && lowestPrice(card) === undefined);
  if (options.json) {
    terminal.document({
      models: found.map(({ card, text: _, ...row }) => ({ ...row, ...card })),
    });
    return 'done';
  }
  const rows = found.map((row) => toCells(row, today));
  const titles = ['provider', 'model', 'sizes', 'n', 'edits', 'price per image', 'state'];
  for (const line of alignColumns(withHeader(titles, rows, isTerminal))) terminal.result(line);
  if (maxPrice !== undefined && unpriced.length > 0)
    terminal.notice(`left out ${unpriced.length} ${unpriced.length === 1 ? 'model' : 'models'} without a known price`);
  if (found.length === 0) terminal.notice(nothingFound(words, all));
  return 'done';
}

async function listRows(backend: Backend, env: CommandContext['env'], today: string): Promise<readonly ModelRow[]> {
  const { name, type } = backend;
  const { models: cards, defaultModel } = await listModels(backend, env);
  const rows = Object.entries(cards).map(([model, card]): ModelRow => {
    const abilities: readonly Ability[] = ABILITIES.filter((ability) => hasAbility(card, ability));
    return {
      ...{ provider: name, model, isDefault: model === defaultModel, life: lifecycleOf(card, today), card },
      text: [name, type, ...registry[type].about.aliases, model, card.title, ...abilities].join(' ').toLowerCase(),
    };
  });
  return rows.toSorted(compareRows);
}

/** Sorts the default first, retired models last, the others by name. */
function compareRows(one: ModelRow, other: ModelRow): number {
  const rank = ({ isDefault, life }: ModelRow) => (isDefault ? 0 : life === 'retired' ? 2 : 1);
  return rank(one) - rank(other) || (one.model < other.model ? -1 : 1);
}

const containsAll = (text: string, words: readonly string[]): boolean =>
  words.every((word) => text.includes(word.trim().toLowerCase()));

function withinPrice(rows: readonly ModelRow[], maxPrice: number | undefined): readonly ModelRow[] {
  if (maxPrice === undefined) return rows;
  return rows
    .flatMap((row) => {
      const price = lowestPrice(row.card);
      return price === undefined || price > maxPrice || row.life === 'retired' ? [] : [{ row, price }];
    })
    .toSorted((one, other) => one.price - other.price)
    .map(({ row }) => row);
}

function toCells({ provider, model, isDefault, card }: ModelRow, today: string): readonly string[] {
  return [
    provider,
    model,
    sizesText(card.sizes),
    card.editsOnly ? '-' : String(card.maxImages),
    editsText(card),
    priceText(card.pricing),
    [isDefault ? 'default' : '', lifecycleText(card, today)].filter((each) => each !== '').join(', '),
  ];
}

function nothingFound(words: readonly string[], all: readonly ModelRow[]): string {
  const names = [...new Set(all.flatMap(({ model, text }) => [model, ...text.split(/[\s/]/)]))];
  const near = words.flatMap((word) =>
    all.some(({ text }) => containsAll(text, [word])) ? [] : (suggest(word, names) ?? []),
  );
  return ['no models found', ...near].join('. ');
}

function readPrice(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const dollars = /^\$?(\d+(?:\.\d+)?|\.\d+)$/.exec(text.trim())?.[1];
  if (dollars !== undefined) return Number(dollars);
  throw new UsageError(
    `invalid --max-price ${quoteName(text, 40)}`,
    'Use an amount in dollars, for example --max-price 0.05.',
  );
}
