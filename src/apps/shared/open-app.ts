/** Opens the configuration, the store and the manager that an app works with. */
import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { borrowProvider, configuredProviders } from '../../config/get-provider.ts';
import {
  type Config,
  createManagerFromConfig,
  type Environment,
  loadConfig,
  s3FromConfig,
} from '../../config/index.ts';
import { type AiImageProvider, getProvider, type ImageManager, isAiImageError } from '../../index.ts';
import { limitsOf } from '../../manager/settings.ts';
import { createStore, type Store, type StoreSettings } from '../../store/index.ts';
import { AppError } from './app-error.ts';
import { dataDirectory } from './data-directory.ts';
import { openUsage } from './open-usage.ts';

export interface AppOptions {
  /** Path of the configuration file. @default the file that `loadConfig` finds */
  readonly config?: string;
  /** Directory of the store; `false` for none. @default that of the configuration, else the user's data directory */
  readonly store?: string | false;
  /** Refuses a configuration whose keys are not set. @default true */
  readonly checkKeys?: boolean;
}

export interface AppEnvironment {
  readonly env: Environment;
  readonly cwd: string;
  /** Receives a note for the user. */
  readonly onNotice: (text: string) => void;
  /** Receives what failed while the app was closed. Its work is done by then. */
  readonly onCloseError: (error: unknown) => void;
}

export interface AppContext extends AsyncDisposable {
  readonly config: Config;
  /** `undefined`: images are not stored. */
  readonly store: Store | undefined;
  /** The user chose where images are stored, so they need no copy elsewhere. */
  readonly hasChosenDirectory: boolean;
  /**
   * Creates a manager, which the app closes with itself.
   * @param chosen the provider of every request to come; `undefined` for a request that names none
   * @param usesStore whether images are stored @default true
   * @throws AiImageError `not_configured`
   */
  readonly manager: (chosen?: readonly (string | undefined)[], usesStore?: boolean) => ImageManager;
  /** @throws AppError when there is no store */
  readonly requireStore: () => Store;
  /** Call it before a call that costs money. @throws AppError when a budget is configured whose ledger would miss the call */
  readonly requireLedger: () => void;
  readonly onNotice: AppEnvironment['onNotice'];
}

/** @throws AiImageError `not_configured`: the configuration is invalid */
export async function openApp(options: AppOptions, environment: AppEnvironment): Promise<AppContext> {
  const { env, cwd, onNotice, onCloseError } = environment;
  const { checkKeys = true } = options;
  const config = await loadConfig({ path: options.config, directory: cwd, env, checkKeys });
  for (const notice of config.notices) onNotice(notice);
  const location = storeLocation(options, config, environment);
  const store = location === undefined ? undefined : createStore({ ...location.settings });
  const managers: ImageManager[] = [];
  const usage = openUsage(config, store, environment);
  return {
    config,
    store,
    hasChosenDirectory: location?.isChosen ?? false,
    onNotice,
    manager(chosen = [undefined], usesStore = true) {
      usage.start(usesStore);
      const providers = providersFor(chosen, config, environment);
      const settings = { env, ...(store && usesStore && { store }), ...(providers && { providers }) };
      const manager = createManagerFromConfig(config, settings);
      managers.push(manager);
      return manager;
    },
    requireStore() {
      if (store) return store;
      throw new AppError('no_store', 'there is no store', { hint: 'Choose a directory for the store.' });
    },
    requireLedger() {
      if (limitsOf(config.budget).length === 0) return;
      const problem = ledgerProblem(options, config, environment);
      if (problem) throw problem;
    },
    async [Symbol.asyncDispose]() {
      // The work is done and reported. A failure to close does not make it a failure.
      const closed = await Promise.allSettled(managers.map((manager) => manager.close()));
      const delivered = await Promise.allSettled([usage.close()]);
      const all = [...closed, ...delivered, ...(await Promise.allSettled([store?.close()]))];
      for (const each of all) if (each.status === 'rejected') onCloseError(each.reason);
    },
  };
}

interface StoreLocation {
  readonly settings: StoreSettings;
  readonly isChosen: boolean;
}

/** The directory given, that of the configuration, or the user's data directory. */
function storeLocation(
  { store }: Pick<AppOptions, 'store'>,
  { store: configured, output }: Config,
  { env, cwd }: Pick<AppEnvironment, 'env' | 'cwd'>,
): StoreLocation | undefined {
  if (store === false) return undefined;
  const chosen = store ?? configured.directory ?? (output.writeMetadataJson === false ? undefined : output.directory);
  const directory = chosen === undefined ? dataDirectory(env) : resolve(cwd, chosen);
  if (directory === undefined) return undefined;
  const { mark, keepPrompt } = configured;
  const database = databaseSettings(configured, env);
  // Images go to a directory that was given, not to the configured bucket.
  const s3 = store === undefined ? configured.s3 : undefined;
  const settings: StoreSettings = {
    directory,
    ...(database && { database }),
    ...(output.naming !== undefined && { naming: output.naming }),
    ...(mark !== undefined && { marks: ({ embed: 'image', sidecar: 'sidecar', off: 'none' } as const)[mark] }),
    ...(keepPrompt === false && { prompts: 'hash' }),
    ...(s3 && { s3: s3FromConfig(s3, env) }),
  };
  return { settings, isChosen: chosen !== undefined || s3 !== undefined };
}

/** A budget counts the calls of one ledger. A call that another ledger records, or none, would bypass it. */
function ledgerProblem(
  options: AppOptions,
  config: Config,
  environment: Pick<AppEnvironment, 'env' | 'cwd'>,
): AppError | undefined {
  if (options.store === false) {
    return new AppError('ledger_without_store', 'the configured budget needs its ledger, which is in the store', {
      hint: 'Open the app with its store.',
    });
  }
  const configured = storeLocation({}, config, environment)?.settings.directory;
  if (options.store === undefined) {
    if (configured !== undefined) return undefined;
    return new AppError('ledger_without_directory', 'the configured budget has no directory for its ledger', {
      hint: 'Set store.directory in the configuration.',
    });
  }
  // A database has the same ledger for every directory.
  if (config.store.databaseUrlEnv !== undefined) return undefined;
  const given = resolve(environment.cwd, options.store);
  if (configured !== undefined && realPath(given) === realPath(configured)) return undefined;
  const where = configured === undefined ? '' : `, which is in ${configured}`;
  return new AppError('ledger_elsewhere', `the configured budget needs its ledger${where}`, {
    hint: 'Open the store that has the ledger.',
    values: { given: options.store },
  });
}

/** Resolves symbolic links: one directory may have several paths. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path; // it does not exist yet
  }
}

/** A configured database is never left out: another ledger would not have what was spent. */
function databaseSettings(
  { databaseUrlEnv, databaseSchema, index }: Config['store'],
  env: Environment,
): StoreSettings['database'] {
  if (databaseUrlEnv === undefined) return undefined;
  const url = env[databaseUrlEnv]?.trim();
  if (url) return { url, schema: databaseSchema, index };
  throw new AppError(
    'database_not_set',
    `the environment variable ${databaseUrlEnv}, which holds the address of the store's database, is not set or empty`,
    { hint: `Set ${databaseUrlEnv}, or run without a store.` },
  );
}

/** Returns the providers that requests name beside the configured backends; without any backend also the default provider. */
function providersFor(
  chosen: readonly (string | undefined)[],
  { backends, defaultBackend }: Config,
  environment: Pick<AppEnvironment, 'env' | 'onNotice'>,
): Readonly<Record<string, AiImageProvider>> | undefined {
  const isConfigured = Object.keys(backends).length > 0;
  const named = chosen.flatMap((name) => (name === undefined || Object.hasOwn(backends, name) ? [] : [name]));
  const byName = named.map((name) => borrowProvider(name));
  const needsDefault = !isConfigured && chosen.includes(undefined);
  const byDefault = needsDefault ? [defaultProvider(defaultBackend, environment)] : [];
  const all = [...byDefault, ...byName];
  return all.length === 0 ? undefined : Object.fromEntries(all.map((provider) => [provider.id, provider]));
}

/** The provider that is named or has a key, or the stub with a notice. */
function defaultProvider(
  defaultBackend: string | undefined,
  { env, onNotice }: Pick<AppEnvironment, 'env' | 'onNotice'>,
): AiImageProvider & { readonly id: string } {
  const isNamed = defaultBackend !== undefined || (env.AI_IMAGE_PROVIDER ?? '').trim() !== '';
  if (isNamed || configuredProviders().length > 0) return borrowProvider(defaultBackend);
  onNotice('no API key is set, so the stub provider generates this image offline.');
  onNotice('For a real image, set OPENAI_API_KEY or another vendor’s key and try again.');
  return borrowProvider('stub');
}

/** Returns the name under which the manager knows a provider that a request names. */
export function providerNameOf(chosen: string, { backends }: Config): string {
  return Object.hasOwn(backends, chosen) ? chosen : getProvider(chosen).id;
}

/**
 * Checks the store before a call. A default store that cannot be used only gives a notice, unless a budget needs its ledger.
 * @throws AppError when a budget is configured whose ledger would miss the call
 */
export async function isStoreUsable(app: AppContext): Promise<boolean> {
  const { store, hasChosenDirectory, config } = app;
  app.requireLedger();
  if (store === undefined) return false;
  try {
    await store.preflight();
    return true;
  } catch (error) {
    const isNeeded = config.store.databaseUrlEnv !== undefined || Object.keys(config.budget).length > 0;
    if (hasChosenDirectory || isNeeded || !isAiImageError(error)) throw error;
    app.onNotice(`the image is not stored: ${error.message}`);
    return false;
  }
}
