/** The step `budget`: checks the price against the budget and reserves it in the ledger. */
import { AiImageError, isUsdAmount } from '../../providers/protocol/index.ts';
import { OF_PROJECT, projectDayScope } from '../../providers/protocol/shared/budget-scopes.ts';
import type { BudgetScope, Ledger } from '../../store/interfaces.ts';
import type { Reservation } from '../accounting/accounts.ts';
import type { Candidate } from '../interfaces/plan.ts';
import type { BudgetLimits } from '../interfaces/profile.ts';
import type { ManagerRequest } from '../interfaces/request.ts';
import { toMicros, toUsd } from '../limits/micros.ts';

export interface Budget {
  readonly limits: BudgetLimits;
  readonly ledger: Ledger;
  /** Milliseconds since the epoch. Used where the ledger has no clock. */
  readonly now: () => number;
  /** `ManagerContext.projectPerDayUsd` of this call. */
  readonly projectPerDayUsd?: number | undefined;
}

/** @param call the call id, if the caller chose it @throws AiImageError `budget_exceeded`, with the amounts */
export async function reserve(
  budget: Budget,
  { provider, model, plan }: Candidate,
  request: ManagerRequest,
  call: string | undefined,
): Promise<Reservation> {
  const { limits, ledger, now } = budget;
  const startedAt = (await ledger.now?.()) ?? now();
  const scopes = scopesOf(budget, request, startedAt);
  const { perCallUsd, perSessionUsd } = limits;
  const exceeded = (message: string, hint: string, retryAfterMs?: number) =>
    new AiImageError('budget_exceeded', `${provider}: ${message}`, {
      provider,
      model,
      charged: 'no',
      hint,
      retryAfterMs,
    });
  const usd = isUsdAmount(plan.price.usd) ? plan.price.usd : undefined;
  // A call without a session counts as a session of its own.
  const callLimits: readonly (readonly [name: string, usd: number | undefined, setting: string])[] = [
    ['one call', perCallUsd, 'perCallUsd'],
    [
      'a session (a call without a session counts as one)',
      request.session ? undefined : perSessionUsd,
      'perSessionUsd',
    ],
  ];
  const isLimited =
    callLimits.some(([, limit]) => limit !== undefined) || scopes.some(({ limitMicros }) => limitMicros !== undefined);
  if (usd === undefined && isLimited && !limits.allowUnpriced?.includes(`${provider}/${model}`)) {
    throw exceeded(
      `the price of ${model} is unknown, and a budget is set`,
      `Choose a model with a price, or add '${provider}/${model}' to allowUnpriced.`,
    );
  }
  const estimateMicros = toMicros(usd ?? 0);
  for (const [name, limit, setting] of callLimits) {
    if (limit === undefined || estimateMicros <= toMicros(limit)) continue;
    throw exceeded(
      `the call would cost about ${toUsd(estimateMicros)} USD, but the limit for ${name} is ${limit} USD`,
      `Request fewer images, a lower quality or another model, or raise ${setting}.`,
    );
  }
  const { n = 1 } = request;
  const spending = { micros: estimateMicros, provider, model, images: n };
  const reservation = await ledger.reserve(spending, scopes, call);
  if (typeof reservation !== 'string') {
    const { scope, takenMicros } = reservation;
    throw exceeded(
      `the call would cost about ${toUsd(estimateMicros)} USD, but ${leftOf(scope.limitMicros, takenMicros)} of the limit of ${toUsd(scope.limitMicros)} USD for ${scope.name}`,
      hintFor(scope, limits),
      renewalOf(scope, startedAt),
    );
  }
  let left = n;
  return {
    id: reservation,
    estimateMicros,
    release: () => ledger.release(reservation),
    async split(images) {
      const micros = Math.ceil((estimateMicros * Math.min(images, n)) / n);
      if (images < left) {
        left -= images;
        return ledger.split(reservation, { micros, images });
      }
      // A further job for an image that already has one may cost as much again. It was submitted, so no limit applies.
      const names = scopes.map(({ name }) => ({ name }));
      const id = await ledger.reserve({ ...spending, micros, images }, names);
      if (typeof id !== 'string') throw new Error(`no limit was given, and ${id.scope.name} was refused`);
      return id;
    },
  };
}

function leftOf(limitMicros: number, takenMicros: number): string {
  const leftMicros = limitMicros - takenMicros;
  return leftMicros > 0 ? `only ${toUsd(leftMicros)} USD is left` : 'nothing is left';
}

/** Returns how to continue after a limit is reached. Names the setting that sets the limit. */
function hintFor({ name }: BudgetScope, { perProjectUsd = {} }: BudgetLimits): string {
  if (name.startsWith('day ')) {
    return name.includes(OF_PROJECT)
      ? 'Wait until the day ends (UTC), or raise perProjectPerDayUsd for this project. The project is metadata.costCenter of the request.'
      : 'Wait until the day ends (UTC), or raise perDayUsd.';
  }
  if (name.startsWith('month ')) return 'Wait until the month ends (UTC), or raise perMonthUsd.';
  if (name.startsWith('session ')) return 'Start another session, or raise perSessionUsd.';
  const raise = Object.hasOwn(perProjectUsd, name.slice('project '.length))
    ? 'Raise perProjectUsd for this project'
    : 'Raise perProjectDefaultUsd, or add this project to perProjectUsd';
  return `${raise}. The project is metadata.costCenter of the request.`;
}

/** Returns how long it takes until a day or a month ends (UTC), in milliseconds; `undefined`: the limit does not renew itself. */
function renewalOf({ name }: BudgetScope, now: number): number | undefined {
  const date = new Date(now);
  const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()];
  if (name.startsWith('day ')) return Date.UTC(year, month, day + 1) - now;
  return name.startsWith('month ') ? Date.UTC(year, month + 1) - now : undefined;
}

/** Days, months and projects are counted without a limit too, so that a limit that is set later knows what was spent. */
function scopesOf(
  { limits, projectPerDayUsd }: Pick<Budget, 'limits' | 'projectPerDayUsd'>,
  { session, metadata }: ManagerRequest,
  now: number,
): readonly BudgetScope[] {
  const day = new Date(now).toISOString().slice(0, 10);
  const project = projectOf(metadata);
  if (projectPerDayUsd !== undefined && !project) {
    throw new AiImageError('invalid_request', 'projectPerDayUsd limits a project, and the request has none', {
      charged: 'no',
      hint: "Set the project as metadata of the request: { costCenter: 'website' }.",
    });
  }
  const rows: readonly (readonly [name: string | undefined, usd: number | undefined])[] = [
    [limits.perSessionUsd === undefined ? undefined : session && `session ${session.id}`, limits.perSessionUsd],
    [`day ${day}`, limits.perDayUsd],
    [`month ${day.slice(0, 7)}`, limits.perMonthUsd],
    [project && `project ${project}`, ofProject(limits.perProjectUsd, project) ?? limits.perProjectDefaultUsd],
    [
      project && projectDayScope(project, day),
      lowest(ofProject(limits.perProjectPerDayUsd, project), projectPerDayUsd),
    ],
  ];
  return rows.flatMap(([name, usd]) =>
    name === undefined || name === '' ? [] : [{ name, ...(usd !== undefined && { limitMicros: toMicros(usd) }) }],
  );
}

const ofProject = (limits: Readonly<Record<string, number>> = {}, project = ''): number | undefined =>
  Object.hasOwn(limits, project) ? limits[project] : undefined;

const lowest = (...limits: readonly (number | undefined)[]): number | undefined => {
  const given = limits.filter((limit) => limit !== undefined);
  return given.length === 0 ? undefined : Math.min(...given);
};

/** A project may be given as a number. */
function projectOf(metadata: ManagerRequest['metadata']): string | undefined {
  const project = metadata?.costCenter;
  return typeof project === 'string' || typeof project === 'number' ? String(project) : undefined;
}
