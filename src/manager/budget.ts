/** Step 5: whether it may cost what it would. */
import { AiImageError } from '../providers/protocol/index.ts';
import type { Ledger, Scope } from '../store/ports.ts';
import { toMicros, toUsd } from './ledger.ts';
import type { BudgetLimits, Candidate, ManagerRequest } from './types.ts';

/** What was promised for one call. */
export interface Reservation {
  readonly id: string;
  readonly estimateMicros: number;
  /** @param usd as the vendor or the price table says; without it what was promised is taken */
  readonly settle: (usd: number | undefined) => Promise<void>;
  readonly release: () => Promise<void>;
}

export interface Budget {
  readonly limits: BudgetLimits;
  readonly ledger: Ledger;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** @throws AiImageError `budget_exceeded`, with the figures */
export async function reserve(
  { limits, ledger, now }: Budget,
  { provider, model, plan }: Candidate,
  request: ManagerRequest,
): Promise<Reservation> {
  const scopes = scopesOf(limits, request, now());
  const exceeded = (message: string, hint: string) =>
    new AiImageError('budget_exceeded', `${provider}: ${message}`, { provider, model, charged: 'no', hint });
  const { usd } = plan.price;
  const isLimited = limits.perCallUsd !== undefined || scopes.some(({ limitMicros }) => limitMicros !== undefined);
  if (usd === undefined && isLimited && !limits.allowUnpriced?.includes(`${provider}/${model}`)) {
    throw exceeded(
      `nobody knows what ${model} costs, and a budget is set`,
      `Choose a model with a price, or add '${provider}/${model}' to allowUnpriced.`,
    );
  }
  const estimateMicros = toMicros(usd ?? 0);
  if (limits.perCallUsd !== undefined && estimateMicros > toMicros(limits.perCallUsd)) {
    throw exceeded(
      `the call would cost about ${toUsd(estimateMicros)} USD, and ${limits.perCallUsd} USD are allowed for one`,
      'Ask for fewer pictures, a lower quality or another model.',
    );
  }
  const spending = { micros: estimateMicros, provider, model, images: request.n ?? 1 };
  const promised = await ledger.reserve(spending, scopes);
  if (typeof promised !== 'string') {
    const { scope, takenMicros } = promised;
    throw exceeded(
      `the call would cost about ${toUsd(estimateMicros)} USD; of ${toUsd(scope.limitMicros)} USD for ${scope.name}, ${toUsd(takenMicros)} are spent or promised`,
      'Wait until the period is over, or raise the limit.',
    );
  }
  return {
    id: promised,
    estimateMicros,
    settle: async (spent) => {
      // A provider that reports nonsense is taken at its price table.
      const isMoney = spent !== undefined && Number.isFinite(spent) && spent >= 0;
      await ledger.settle(promised, isMoney ? toMicros(spent) : estimateMicros);
    },
    release: () => ledger.release(promised),
  };
}

/** Days, months and projects are counted also where nothing is limited: a limit that comes later knows what was spent. */
function scopesOf(limits: BudgetLimits, { session, metadata }: ManagerRequest, now: number): readonly Scope[] {
  const day = new Date(now).toISOString().slice(0, 10);
  const project = metadata?.costCenter;
  const ofProjects = limits.perProjectUsd ?? {};
  const rows: readonly (readonly [name: string | undefined, usd: number | undefined])[] = [
    [limits.perSessionUsd === undefined ? undefined : session && `session ${session.id}`, limits.perSessionUsd],
    [`day ${day}`, limits.perDayUsd],
    [`month ${day.slice(0, 7)}`, limits.perMonthUsd],
    typeof project === 'string'
      ? [`project ${project}`, Object.hasOwn(ofProjects, project) ? ofProjects[project] : undefined]
      : [undefined, undefined],
  ];
  return rows.flatMap(([name, usd]) =>
    name === undefined ? [] : [{ name, ...(usd !== undefined && { limitMicros: toMicros(usd) }) }],
  );
}
