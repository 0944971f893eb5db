/** Step 5: whether it may cost what it would. */
import { AiImageError } from '../providers/protocol/index.ts';
import { type Ledger, type Scope, toMicros, toUsd } from './ledger.ts';
import type { BudgetLimits, Candidate, ManagerRequest } from './types.ts';

/** What was promised for one call. */
export interface Reservation {
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
  const isLimited = scopes.length > 0 || limits.perCallUsd !== undefined;
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
  const promised = await ledger.reserve(estimateMicros, scopes);
  if (typeof promised !== 'string') {
    const { scope, takenMicros } = promised;
    throw exceeded(
      `the call would cost about ${toUsd(estimateMicros)} USD; of ${toUsd(scope.limitMicros)} USD for ${scope.name}, ${toUsd(takenMicros)} are spent or promised`,
      'Wait until the period is over, or raise the limit.',
    );
  }
  return {
    estimateMicros,
    settle: async (spent) => {
      // A provider that reports nonsense is taken at its price table.
      const isMoney = spent !== undefined && Number.isFinite(spent) && spent >= 0;
      await ledger.settle(promised, isMoney ? toMicros(spent) : estimateMicros);
    },
    release: () => ledger.release(promised),
  };
}

function scopesOf(limits: BudgetLimits, { session, metadata }: ManagerRequest, now: number): readonly Scope[] {
  const day = new Date(now).toISOString().slice(0, 10);
  const project = metadata?.costCenter;
  const ofProject =
    typeof project === 'string' && Object.hasOwn(limits.perProjectUsd ?? {}, project)
      ? limits.perProjectUsd?.[project]
      : undefined;
  const rows: readonly (readonly [name: string, usd: number | undefined])[] = [
    [`session ${session?.id}`, session && limits.perSessionUsd],
    [`day ${day}`, limits.perDayUsd],
    [`month ${day.slice(0, 7)}`, limits.perMonthUsd],
    [`project ${String(project)}`, ofProject],
  ];
  return rows.flatMap(([name, usd]) => (usd === undefined ? [] : [{ name, limitMicros: toMicros(usd) }]));
}
