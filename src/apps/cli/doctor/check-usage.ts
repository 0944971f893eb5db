/** Checks of `imagen doctor` for the usage sinks: records that wait, and why. Delivers nothing. */
import { isAiImageError } from '../../../index.ts';
import type { Store } from '../../../store/index.ts';
import { type UsageSinkState, usageSinkStates } from '../../../usage/index.ts';
import type { AppContext } from '../../shared/open-app.ts';
import { createUsageSinks } from '../../shared/open-usage.ts';
import type { CommandContext } from '../context.ts';
import { type DoctorFinding, finding } from './finding.ts';

export async function usageFindings(
  { config }: Pick<AppContext, 'config'>,
  store: Store,
): Promise<readonly DoctorFinding[]> {
  const configured = (config.usage?.sinks ?? []).map(({ type, name = type }) => name);
  const states = await usageSinkStates(store);
  const unused = configured.filter((name) => !states.some((state) => state.name === name));
  return [
    ...states.map((state) => stateFinding(state, configured.includes(state.name))),
    ...unused.map((name) => finding('usage', 'ok', `${name} gets its first record with the next call`)),
  ];
}

/** Finds out whether the sinks can be created. Every call that uses the store fails if one cannot. */
export function sinkFaults(
  { config, store }: Pick<AppContext, 'config' | 'store'>,
  environment: Pick<CommandContext, 'env' | 'cwd'>,
): readonly DoctorFinding[] {
  if (store === undefined) return [];
  try {
    createUsageSinks(config, store, environment);
    return [];
  } catch (error) {
    if (!isAiImageError(error)) throw error;
    return [finding('usage', 'fault', error.message, error.hint)];
  }
}

function stateFinding(state: UsageSinkState, isConfigured: boolean): DoctorFinding {
  const { name, waiting, waitingSince, lastError, retryAt } = state;
  if (waiting === 0) return finding('usage', 'ok', `${name} has every record`);
  const since = waitingSince === undefined ? '' : ` since ${minute(waitingSince)}`;
  const records = `${waiting} ${waiting === 1 ? 'record waits' : 'records wait'} for ${name}${since}`;
  if (!isConfigured) {
    return finding(
      'usage',
      'note',
      records,
      'It is not in the configuration, and is removed after 30 days without use.',
    );
  }
  if (lastError === undefined) return finding('usage', 'note', records, 'The next call delivers them.');
  const next = retryAt === undefined ? '' : ` The next try is at ${minute(retryAt)}.`;
  return finding('usage', 'note', `${records}: ${lastError}`, `Nothing is lost.${next}`);
}

const minute = (time: string): string => `${time.slice(0, 16).replace('T', ' ')} UTC`;
