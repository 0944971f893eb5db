/** `imagen models`: what can be drawn with, for how much, and how long it will be there. Needs no key and makes no call. */
import type { ModelCard } from '../../../index.ts';
import { registry, suggest } from '../../../providers/registry.ts';
import { type Backend, findBackend, listBackends, modelsOf } from '../../shared/backends.ts';
import { openApp } from '../../shared/open-app.ts';
import type { Commands } from '../commands.ts';
import type { CommandContext, GlobalOptions } from '../context.ts';
import type { Exit } from '../exit-codes.ts';
import { readChoice } from '../flags/enum-flag.ts';
import { all } from '../flags/request-flags.ts';
import {
  ABILITIES,
  type Ability,
  can,
  editWords,
  type Life,
  lifeOf,
  lifeWords,
  lowestPrice,
  priceWords,
  sizeWords,
} from '../output/format-model.ts';
import { columns, titled } from '../output/table.ts';
import { UsageError } from '../usage-error.ts';

interface ModelsOptions extends GlobalOptions {
  readonly provider?: string;
  readonly can?: readonly string[];
  readonly maxPrice?: string;
}

export function addModels({ program, action }: Commands): void {
  program
    .command('models')
    .description('the models there are, with sizes, prices and shutdown dates; needs no key and makes no call')
    .argument('[words...]', 'only those with all of these words in their name, their provider or what they can do')
    .option('--provider <name>', 'only those of one backend or provider')
    .option('--can <ability>', `only those that can: ${ABILITIES.join(', ')}; may be repeated`, all)
    .option('--max-price <dollars>', 'only those that draw a picture for so much, the cheapest first')
    .action(action(models));
}

export interface ModelRow {
  readonly provider: string;
  readonly model: string;
  /** Its provider draws with it where a request names none. */
  readonly isDefault: boolean;
  readonly life: Life;
  readonly card: ModelCard;
  /** What is looked through for words. */
  readonly text: string;
}

async function models(words: readonly string[], options: ModelsOptions, context: CommandContext): Promise<Exit> {
  const { terminal, env, isTerminal } = context;
  const abilities = (options.can ?? []).map((each) => readChoice('--can', each, ABILITIES));
  const maxPrice = readPrice(options.maxPrice);
  await using bench = await openApp({ ...options, store: false }, context, { checkKeys: false });
  const { provider } = options;
  const backends =
    provider === undefined ? listBackends(bench.config, env, true) : [findBackend(provider, bench.config, env)];
  const today = new Date().toISOString().slice(0, 10);
  const all = (await Promise.all(backends.map((backend) => rowsOf(backend, env, today)))).flat();
  const able = all.filter(({ card, text }) => abilities.every((each) => can(card, each)) && holds(text, words));
  const found = withinPrice(able, maxPrice);
  const unpriced = able.filter(({ card, life }) => life !== 'retired' && lowestPrice(card) === undefined);
  if (options.json) {
    terminal.document({
      models: found.map(({ card, text: _, ...row }) => ({ ...row, ...card })),
    });
    return 'done';
  }
  const rows = found.map((row) => toCells(row, today));
  const titles = ['provider', 'model', 'sizes', 'n', 'edits', 'price of a picture', 'state'];
  for (const line of columns(titled(titles, rows, isTerminal))) terminal.result(line);
  if (maxPrice !== undefined && unpriced.length > 0)
    terminal.notice(`left out, since nobody knows what they cost: ${unpriced.length} models`);
  if (found.length === 0) terminal.notice(nothingFound(words, all));
  return 'done';
}

async function rowsOf(backend: Backend, env: CommandContext['env'], today: string): Promise<readonly ModelRow[]> {
  const { name, type } = backend;
  const { models: cards, defaultModel } = await modelsOf(backend, env);
  const rows = Object.entries(cards).map(([model, card]): ModelRow => {
    const abilities: readonly Ability[] = ABILITIES.filter((ability) => can(card, ability));
    return {
      ...{ provider: name, model, isDefault: model === defaultModel, life: lifeOf(card, today), card },
      text: [name, type, ...registry[type].about.aliases, model, card.title, ...abilities].join(' ').toLowerCase(),
    };
  });
  return rows.toSorted(byUse);
}

/** The default first, the retired last, the others by their names. */
function byUse(one: ModelRow, other: ModelRow): number {
  const rank = ({ isDefault, life }: ModelRow) => (isDefault ? 0 : life === 'retired' ? 2 : 1);
  return rank(one) - rank(other) || (one.model < other.model ? -1 : 1);
}

const holds = (text: string, words: readonly string[]): boolean =>
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
    sizeWords(card.sizes),
    card.editsOnly ? '-' : String(card.maxImages),
    editWords(card),
    priceWords(card.pricing),
    [isDefault ? 'default' : '', lifeWords(card, today)].filter((each) => each !== '').join(', '),
  ];
}

function nothingFound(words: readonly string[], all: readonly ModelRow[]): string {
  const names = [...new Set(all.flatMap(({ model, text }) => [model, ...text.split(/[\s/]/)]))];
  const near = words.flatMap((word) =>
    all.some(({ text }) => holds(text, [word])) ? [] : (suggest(word, names) ?? []),
  );
  return ['no model is like that', ...near].join('. ');
}

function readPrice(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const dollars = /^\$?(\d+(?:\.\d+)?|\.\d+)$/.exec(text.trim())?.[1];
  if (dollars !== undefined) return Number(dollars);
  throw new UsageError(
    `--max-price ${text.slice(0, 40)} is no amount of dollars`,
    'Pass for example --max-price 0.05.',
  );
}
