/** The settings of a manager. They are checked by hand, so that creating a manager loads no schema library. */
import { AiImageError } from '../providers/protocol/errors.ts';
import { containsKey, describeKind, quoteName } from '../providers/protocol/input/hide-keys.ts';
import type { AiImageProvider } from '../providers/protocol/provider.ts';
import type { JobRecords, Ledger, ManagerStore, ResultCache } from '../store/interfaces.ts';
import type { BreakerSettings, ProviderLimits, RoutingRule } from './interfaces/limits.ts';
import type { BudgetLimits, Profile, StyleMemory, StylePreset } from './interfaces/profile.ts';
import type { OnStep } from './tracing.ts';

export interface ManagerSettings {
  /** Providers by the name that requests use. They are tried in this order. */
  readonly providers: Readonly<Record<string, AiImageProvider>>;
  /**
   * By provider: the model for requests that name none; also `best` or `light`. Where that model lacks the requested operation, the
   * provider chooses.
   * @default the provider's default model
   */
  readonly models?: Readonly<Record<string, string>>;
  /** `fallback` for requests that name neither a provider nor a fallback. @default the other candidates, in the order of `plan` */
  readonly fallback?: readonly string[];
  /** Rules for groups of callers, by the name that requests use as `profile`. */
  readonly profiles?: Readonly<Record<string, Profile>>;
  /** Added to the built-in styles; a style of the same name replaces the built-in one. */
  readonly styles?: Readonly<Record<string, StylePreset>>;
  /** Checked before the built-in rules. */
  readonly routing?: readonly RoutingRule[];
  /** Limits in US dollars. A call that would exceed one is refused before it is sent. */
  readonly budget?: BudgetLimits;
  /** Stores what was paid for: images, spending, jobs, results of named sessions. @default memory: nothing outlives the manager */
  readonly store?: ManagerStore;
  /** Records spending, and counts it against the budget. @default the store's, else in memory */
  readonly ledger?: Ledger;
  /** Records calls and jobs, so that `resumeAll` finds them. @default the store's, else in memory */
  readonly jobs?: JobRecords;
  /**
   * How long a submitted job stays open, in milliseconds. During this time `resumeAll` fetches it. Then it is `expired`: it is listed,
   * counts as spent and can be fetched by `resume(id)`, until that or `settle` ends it.
   * @default 604800000, 7 days
   */
  readonly keepJobsOpenMs?: number;
  /** Results of named sessions. @default the store's, else in memory */
  readonly cache?: ResultCache;
  /** When a failing provider is paused, and for how long. */
  readonly breaker?: BreakerSettings;
  /** By provider, for example `{ openai: { maxConcurrent: 2 } }`. @default none besides the vendor's own */
  readonly limits?: Readonly<Record<string, ProviderLimits>>;
  /** Preferences of profiles. @default in memory */
  readonly memory?: StyleMemory;
  /** Called when a step begins; the function it returns is called when the step ends. For traces. Errors it throws are ignored. */
  readonly onStep?: OnStep;
  /** For tests. @default the platform's clocks */
  readonly clock?: ManagerClock;
}

export interface ManagerClock {
  /** A monotonic clock, in milliseconds. */
  readonly now: () => number;
  /** Milliseconds since the epoch. */
  readonly wallNow: () => number;
}

/** @throws AiImageError `not_configured` */
export function checkManagerSettings(settings: ManagerSettings): void {
  const { providers, models = {}, keepJobsOpenMs = 0 } = settings;
  const names = Object.keys(providers ?? {});
  const invalid = (message: string, hint: string) => new AiImageError('not_configured', message, { hint });
  const example = "Pass for example providers: { openai: getProvider('openai') }.";
  if (names.length === 0) throw invalid('a manager needs at least one provider', example);
  const key = names.find(containsKey);
  if (key !== undefined) {
    throw invalid(
      `the provider name ${quoteName(key)} looks like an API key`,
      "Pass a name for the provider, for example providers: { openai: createProvider('openai', { apiKey }) }.",
    );
  }
  const withSlash = names.find((name) => name.includes('/'));
  if (withSlash !== undefined) {
    throw invalid(
      `the provider name ${quoteName(withSlash)} must not contain "/", which separates provider and model`,
      'Rename it in providers.',
    );
  }
  const id = names.find((name) => typeof providers[name] === 'string');
  if (id !== undefined) {
    throw invalid(
      `providers: ${quoteName(id)} has no method generateImage: it is a text, and this manager takes provider objects`,
      "Use createImageManager of @org/ai-image, which takes ids, or pass an object: createOpenAI({ apiKey }) of '@org/ai-image/providers/openai'.",
    );
  }
  const broken = names.find((name) => typeof providers[name]?.generateImage !== 'function');
  if (broken !== undefined)
    throw invalid(
      `providers: ${quoteName(broken)} has no method generateImage`,
      `Pass a provider as ${quoteName(broken)}: the result of createProvider or getProvider, or an object with generateImage.`,
    );
  const wrongModel = names.find((name) => models[name] !== undefined && typeof models[name] !== 'string');
  if (wrongModel !== undefined) {
    throw invalid(
      `models: ${quoteName(wrongModel)} must be the id of a model, not ${describeKind(models[wrongModel])}`,
      "Pass for example models: { openai: 'gpt-image-2' }.",
    );
  }
  if (!(keepJobsOpenMs >= 0)) {
    throw new AiImageError('not_configured', 'keepJobsOpenMs must be a number of milliseconds, 0 or more', {
      hint: 'Without this setting, jobs stay open for 7 days. For example, pass keepJobsOpenMs: 86_400_000.',
    });
  }
  const [limit] = limitsOf(settings.budget ?? {}).find(([, usd]) => !(typeof usd === 'number' && usd >= 0)) ?? [];
  if (limit === undefined) return;
  throw new AiImageError('not_configured', `budget.${limit} must be an amount of US dollars, 0 or more`, {
    hint: `Pass a number as budget.${limit}, or leave it out for no limit.`,
  });
}

/** Returns each limit of a budget that is set, with its name. */
export function limitsOf({
  perProjectUsd = {},
  perProjectPerDayUsd = {},
  ...budget
}: BudgetLimits): readonly (readonly [name: string, usd: number])[] {
  const { perCallUsd, perSessionUsd, perDayUsd, perMonthUsd, perProjectDefaultUsd } = budget;
  const limits = { perCallUsd, perSessionUsd, perDayUsd, perMonthUsd, perProjectDefaultUsd };
  const ofProjects = Object.entries({ perProjectUsd, perProjectPerDayUsd }).flatMap(([limit, projects]) =>
    Object.entries(projects).map(([name, usd]) => [`${limit}.${name}`, usd] as const),
  );
  return [...Object.entries(limits), ...ofProjects].flatMap(([name, usd]) =>
    usd === undefined ? [] : [[name, usd] as const],
  );
}
