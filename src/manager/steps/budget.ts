/** Step 5: whether it may cost what it would. */
import { AiImageError } from '../../providers/protocol/index.ts';
import type { BudgetScope, Ledger } from '../../store/interfaces.ts';
import { isAmount, toMicros, toUsd } from '../limits/ledger.ts';
import type { BudgetLimits, Candidate, ManagerRequest } from '../types.ts';

/** What was promised for one call. */
export interface Reservation {
  readonly id: string;
  readonly estimateMicros: number;
  readonly release: () => Promise<void>;
  /** Makes an entry of its own for some of the images, with their share of the promise. @returns its id */
  readonly split: (images: number) => Promise<string>;
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
  const { perCallUsd, perSessionUsd } = limits;
  const exceeded = (message: string, hint: string) =>
    new AiImageError('budget_exceeded', `${provider}: ${message}`, { provider, model, charged: 'no', hint });
  const usd = isAmount(plan.price.usd) ? plan.price.usd : undefined;
  // A call without a session is a session of its own.
  const ofCall: readonly (readonly [name: string, usd: number | undefined])[] = [
    ['one call', perCallUsd],
    ['a session, and a call without one is a session of its own', request.session ? undefined : perSessionUsd],
  ];
  const isLimited =
    ofCall.some(([, limit]) => limit !== undefined) || scopes.some(({ limitMicros }) => limitMicros !== undefined);
  if (usd === undefined && isLimited && !limits.allowUnpriced?.includes(`${provider}/${model}`)) {
    throw exceeded(
      `nobody knows what ${model} costs, and a budget is set`,
      `Choose a model with a price, or add '${provider}/${model}' to allowUnpriced.`,
    );
  }
  const estimateMicros = toMicros(usd ?? 0);
  for (const [name, limit] of ofCall) {
    if (limit === undefined || estimateMicros <= toMicros(limit)) continue;
    throw exceeded(
      `the call would cost about ${toUsd(estimateMicros)} USD, and ${limit} USD are allowed for ${name}`,
      'Ask for fewer images, a lower quality or another model.',
    );
  }
  const { n = 1 } = request;
  const spending = { micros: estimateMicros, provider, model, images: n };
  const promised = await ledger.reserve(spending, scopes);
  if (typeof promised !== 'string') {
    const { scope, takenMicros } = promised;
    throw exceeded(
      `the call would cost about ${toUsd(estimateMicros)} USD; of ${toUsd(scope.limitMicros)} USD for ${scope.name}, ${toUsd(takenMicros)} are spent or promised`,
      'Wait until the period is over, or raise the limit.',
    );
  }
  let left = n;
  return {
    id: promised,
    estimateMicros,
    release: () => ledger.release(promised),
    async split(images) {
      const micros = Math.ceil((estimateMicros * Math.min(images, n)) / n);
      if (images < left) {
        left -= images;
        return ledger.split(promised, { micros, images });
      }
      // A further job for an image that has one already may cost as much again. No limit is asked: it was submitted.
      const names = scopes.map(({ name }) => ({ name }));
      const id = await ledger.reserve({ ...spending, micros, images }, names);
      if (typeof id !== 'string') throw new Error(`no limit was given, and ${id.scope.name} was refused`);
      return id;
    },
  };
}

/** Days, months and projects are counted also where nothing is limited: a limit that comes later knows what was spent. */
function scopesOf(limits: BudgetLimits, { session, metadata }: ManagerRequest, now: number): readonly BudgetScope[] {
  const day = new Date(now).toISOString().slice(0, 10);
  const project = projectOf(metadata);
  const ofProjects = limits.perProjectUsd ?? {};
  const rows: readonly (readonly [name: string | undefined, usd: number | undefined])[] = [
    [limits.perSessionUsd === undefined ? undefined : session && `session ${session.id}`, limits.perSessionUsd],
    [`day ${day}`, limits.perDayUsd],
    [`month ${day.slice(0, 7)}`, limits.perMonthUsd],
    [
      project && `project ${project}`,
      project !== undefined && Object.hasOwn(ofProjects, project) ? ofProjects[project] : limits.perProjectDefaultUsd,
    ],
  ];
  return rows.flatMap(([name, usd]) =>
    name === undefined || name === '' ? [] : [{ name, ...(usd !== undefined && { limitMicros: toMicros(usd) }) }],
  );
}

/** A project that is named by a number has its limit too. */
function projectOf(metadata: ManagerRequest['metadata']): string | undefined {
  const project = metadata?.costCenter;
  return typeof project === 'string' || typeof project === 'number' ? String(project) : undefined;
}
