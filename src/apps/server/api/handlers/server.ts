/** Usage and budget of the token, and what the server can do. */

import type { ApiProviderHealth } from '../../../../client/schemas/server.ts';
import { MICROS_PER_USD } from '../../../../providers/protocol/index.ts';
import { projectDayScope } from '../../../../providers/protocol/shared/budget-scopes.ts';
import { groupUsage, sumUsage } from '../../../shared/group-usage.ts';
import type { ServerContext } from '../../http/server-context.ts';
import { isRetired } from '../../is-retired.ts';
import { mayUse } from '../../tenants/may-use.ts';
import { utcDay } from '../../utc-day.ts';
import { errorMessageOf } from '../answers/error-message.ts';
import type { RouteHandler } from '../route-call.ts';

/** The name of a token is the project of its calls. */
export const getUsage: RouteHandler<'getUsage'> = async ({ input, caller, context }) => {
  const { since, by = 'day', of = 'token' } = input;
  const all = await context.store.usage(since, { perProject: of === 'token' });
  const rows = of === 'token' ? all.filter(({ project }) => project === caller.name) : all;
  return { body: { rows: groupUsage(rows, by), total: sumUsage(rows) } };
};

export const getBudget: RouteHandler<'getBudget'> = async ({ caller, context }) => {
  const { ledger } = context.store;
  const now = (await ledger.now?.()) ?? context.now();
  const day = utcDay(now);
  const spentMicros = await ledger.taken(projectDayScope(caller.name, day));
  const spentUsd = spentMicros / MICROS_PER_USD;
  const { name: token, perDayUsd: limitUsd } = caller;
  if (limitUsd === undefined) return { body: { token, day, spentUsd } };
  const leftMicros = Math.max(0, Math.round(limitUsd * MICROS_PER_USD) - spentMicros);
  return { body: { token, day, spentUsd, limitUsd, leftUsd: leftMicros / MICROS_PER_USD } };
};

export const listStyles: RouteHandler<'listStyles'> = async ({ context }) => {
  const styles = Object.entries(await context.manager.styles());
  return { body: { styles: styles.map(([name, style]) => ({ name, ...style })) } };
};

export const getHealth: RouteHandler<'getHealth'> = async ({ context }) => ({
  body: { providers: await healthOf(context), runs: context.runs.counts() },
});

/** A vendor's own words are not shown, because they may hold anything. */
async function healthOf({ manager }: ServerContext): Promise<Readonly<Record<string, ApiProviderHealth>>> {
  const states = Object.entries(await manager.health());
  return Object.fromEntries(
    states.map(([provider, state]): [string, ApiProviderHealth] => [
      provider,
      state.status === 'failing' ? { ...state, message: errorMessageOf({ ...state, provider }) } : state,
    ]),
  );
}

export const listProviders: RouteHandler<'listProviders'> = async ({ input, caller, context }) => {
  const [cards, states] = await Promise.all([context.manager.models(), input.health ? healthOf(context) : undefined]);
  const today = utcDay(context.now());
  const providers = Object.entries(cards).map(([name, models]) => ({
    ...{ name, health: states?.[name] },
    models: Object.entries(models).flatMap(([id, card]) =>
      mayUse(caller, { provider: name, model: id }) && !isRetired(card, today) ? [{ id, card }] : [],
    ),
  }));
  return {
    body: {
      providers: providers.filter(({ name, models }) => models.length > 0 || mayUse(caller, { provider: name })),
    },
  };
};
