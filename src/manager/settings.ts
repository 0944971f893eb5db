/** What a manager is made of. Checked by hand, so that making one loads nothing. */
import { AiImageError } from '../providers/protocol/errors.ts';
import type { AiImageProvider } from '../providers/protocol/provider.ts';
import type { JobRecords, Ledger, ManagerStore, ResultCache } from '../store/interfaces.ts';
import type { BreakerSettings } from './limits/circuit-breaker.ts';
import type { ProviderLimits } from './limits/concurrency-limiter.ts';
import type { StyleMemory } from './prompt/style-memory.ts';
import type { RoutingRule } from './steps/route.ts';
import type { OnStep } from './tracing.ts';
import type { BudgetLimits, Profile, StylePreset } from './types.ts';

export interface ManagerSettings {
  /** By the names they are asked for; their order is the order they are tried in. */
  readonly providers: Readonly<Record<string, AiImageProvider>>;
  /**
   * By provider: the model it draws with where a request names none; also `best` or `light`. Where it cannot do the operation that is asked
   * for, the provider chooses.
   * @default the provider's own
   */
  readonly models?: Readonly<Record<string, string>>;
  /** `fallback` of requests that name neither a provider nor a fallback. @default the other candidates, in the order they were routed */
  readonly fallback?: readonly string[];
  readonly profiles?: Readonly<Record<string, Profile>>;
  /** Beside those that come along, or in their place. */
  readonly styles?: Readonly<Record<string, StylePreset>>;
  /** Before those that come along. */
  readonly routing?: readonly RoutingRule[];
  readonly budget?: BudgetLimits;
  /** Keeps what was paid for: pictures, spending, jobs, results of named sessions. @default nothing outlives the manager */
  readonly store?: ManagerStore;
  /** @default the store's, else in memory */
  readonly ledger?: Ledger;
  /** @default the store's, else in memory */
  readonly jobs?: JobRecords;
  /**
   * How long a submitted job stays open, in milliseconds. `resumeAll` fetches it so long; then it is `expired`: listed, still counted as
   * spent and fetched by `resume(id)`, until that or `settle` ends it.
   * @default 604800000, 7 days
   */
  readonly keepJobsOpenMs?: number;
  /** For named sessions. @default the store's, else in memory */
  readonly cache?: ResultCache;
  readonly breaker?: BreakerSettings;
  /** By provider. @default none but the vendor's own */
  readonly limits?: Readonly<Record<string, ProviderLimits>>;
  /** @default in memory */
  readonly memory?: StyleMemory;
  /** Told when a step begins; what it returns is called when the step is over. For traces. What it throws is ignored. */
  readonly onStep?: OnStep;
  /** For tests. @default the platform's */
  readonly clock?: { readonly now: () => number; readonly wallNow: () => number };
}

/** @throws AiImageError `not_configured` */
export function checkManagerSettings(settings: ManagerSettings): void {
  const { providers, models = {}, fallback = [], keepJobsOpenMs = 0 } = settings;
  const names = Object.keys(providers ?? {});
  const wrong = (message: string) =>
    new AiImageError('not_configured', message, {
      hint: "Pass for example providers: { openai: getProvider('openai') }.",
    });
  if (names.length === 0) throw wrong('a manager needs at least one provider');
  const slashed = names.find((name) => name.includes('/'));
  if (slashed !== undefined)
    throw wrong(`a provider cannot be called ${JSON.stringify(slashed.slice(0, 60))}: "/" stands before a model`);
  const broken = names.find((name) => typeof providers[name]?.generateImage !== 'function');
  if (broken !== undefined) throw wrong(`what is called ${JSON.stringify(broken.slice(0, 60))} has no generateImage`);
  const named = [...Object.keys(models), ...fallback.map((text) => text.split('/')[0] ?? '')];
  const stranger = named.find((name) => !names.includes(name));
  if (stranger !== undefined) throw wrong(`models or fallback name ${stranger}, which is none of the providers`);
  if (!(keepJobsOpenMs >= 0)) {
    throw new AiImageError('not_configured', 'keepJobsOpenMs must be a number of milliseconds, 0 or more', {
      hint: 'Leave it out for 7 days.',
    });
  }
  const [limit] = limitsOf(settings.budget ?? {}).find(([, usd]) => !(usd >= 0)) ?? [];
  if (limit === undefined) return;
  throw new AiImageError('not_configured', `budget.${limit} must be an amount of US dollars, 0 or more`, {
    hint: 'For example budget: { perDayUsd: 5 }.',
  });
}

/** Every limit of a budget that is given, with its name. */
export function limitsOf({
  perProjectUsd = {},
  ...budget
}: BudgetLimits): readonly (readonly [name: string, usd: number])[] {
  const { perCallUsd, perSessionUsd, perDayUsd, perMonthUsd, perProjectDefaultUsd } = budget;
  const limits = { perCallUsd, perSessionUsd, perDayUsd, perMonthUsd, perProjectDefaultUsd };
  const ofProjects = Object.entries(perProjectUsd).map(([name, usd]) => [`perProjectUsd.${name}`, usd] as const);
  return [...Object.entries(limits), ...ofProjects].flatMap(([name, usd]) =>
    usd === undefined ? [] : [[name, usd] as const],
  );
}
