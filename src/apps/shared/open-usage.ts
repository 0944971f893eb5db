/** Delivers what calls cost to the configured sinks. */
import { resolve } from 'node:path';
import type { Config, Environment, UsageSinkConfig } from '../../config/index.ts';
import type { Store } from '../../store/index.ts';
import {
  createUsageDelivery,
  jsonLinesSink,
  postgresSink,
  type UsageDelivery,
  type UsageSink,
  webhookSink,
} from '../../usage/index.ts';
import { AppError } from './app-error.ts';

export interface UsageEnvironment {
  readonly env: Environment;
  readonly cwd: string;
  /** Receives a note for the user. */
  readonly onNotice: (text: string) => void;
}

export interface AppUsage {
  /** Call it before a manager is created. @param usesStore whether its calls are recorded in the store @throws AppError a variable is not set */
  readonly start: (usesStore: boolean) => void;
  /** Delivers what it can within two seconds. The next process delivers the rest. */
  readonly close: () => Promise<void>;
}

/** Opens nothing before the first call. */
export function openUsage(config: Config, store: Store | undefined, environment: UsageEnvironment): AppUsage {
  const sinks = config.usage?.sinks ?? [];
  const told = new Set<string | undefined>();
  const tellOnce = (about: string | undefined, text: string) => {
    if (!told.has(about)) environment.onNotice(text);
    told.add(about);
  };
  let delivery: UsageDelivery | undefined;
  return {
    start(usesStore) {
      if (sinks.length === 0) return;
      if (store === undefined) tellOnce('store', 'the usage sinks get only the costs of calls that use the store.');
      if (store === undefined || !usesStore) return;
      delivery ??= createUsageDelivery({
        store,
        sinks: createUsageSinks(config, store, environment),
        onTrouble: ({ sink, message }) =>
          tellOnce(
            `sink ${sink}`,
            `usage${sink === undefined ? '' : ` sink ${sink}`}: ${message}. The records are kept.`,
          ),
      });
    },
    close: async () => delivery?.close(),
  };
}

/** Opens nothing. @throws AppError a variable is not set; AiImageError `not_configured`: the address or the secret of a sink is wrong */
export const createUsageSinks = (
  config: Config,
  store: Store,
  environment: Pick<UsageEnvironment, 'env' | 'cwd'>,
): readonly UsageSink[] => (config.usage?.sinks ?? []).map((sink) => toSink(sink, config, store, environment));

function toSink(
  sink: UsageSinkConfig,
  config: Config,
  store: Store,
  environment: Pick<UsageEnvironment, 'env' | 'cwd'>,
): UsageSink {
  const { type, name = type, path, stream, schema } = sink;
  const read = (variable: string | undefined) => readSecret(variable, name, environment);
  switch (type) {
    case 'jsonl':
      return jsonLinesSink({
        name,
        ...(path === undefined ? stream && { stream } : { path: resolve(environment.cwd, path) }),
      });
    case 'postgres': {
      const url = read(sink.urlEnv ?? config.store.databaseUrlEnv);
      return postgresSink({ name, url, store, ...(schema !== undefined && { schema }) });
    }
    case 'webhook':
      return webhookSink({ name, url: read(sink.urlEnv), secret: read(sink.secretEnv) });
    default:
      return type satisfies never;
  }
}

function readSecret(variable: string | undefined, sink: string, { env }: Pick<UsageEnvironment, 'env'>): string {
  const value = env[variable ?? '']?.trim();
  if (value) return value;
  throw new AppError(
    'usage_not_set',
    `the environment variable ${variable ?? ''} of the usage sink ${sink} is not set or empty`,
    { hint: 'Set the variable, or remove the sink from the configuration.' },
  );
}
