/** What the commands work with: the configuration, the store, the manager. Opened when they are asked for. */
import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { borrowProvider, configuredProviders } from '../../config/get-provider.ts';
import { type Config, createManagerFromConfig, loadConfig, s3FromConfig } from '../../config/index.ts';
import { type AiImageProvider, getProvider, type ImageManager, isAiImageError } from '../../index.ts';
import { limitsOf } from '../../manager/settings.ts';
import { createStore, type Store, type StoreSettings } from '../../store/index.ts';
import type { CommandContext, GlobalOptions } from '../cli/context.ts';
import { dataFolder } from '../cli/system/home.ts';
import { reasonOf } from '../cli/system/outlet.ts';
import { UsageError } from '../cli/usage-error.ts';

export interface AppContext extends AsyncDisposable {
  readonly config: Config;
  /** Where pictures are kept; `undefined`: nowhere. */
  readonly store: Store | undefined;
  /** The person chose a directory for pictures: they stay there, and need no copy elsewhere. */
  readonly hasOwnPlace: boolean;
  /**
   * @param chosen the providers that were named, by every request that will come; `undefined` for one that names none
   * @param keeps @default true
   * @throws AiImageError `not_configured`
   */
  readonly manager: (chosen?: readonly (string | undefined)[], keeps?: boolean) => ImageManager;
  /** @throws UsageError where there is none */
  readonly needStore: () => Store;
  /** Before a call that costs money. @throws UsageError: a budget is configured, and its ledger would not know of the call */
  readonly requireLedger: () => void;
}

/** @throws AiImageError `not_configured`: the configuration is wrong */
export async function openApp(
  options: GlobalOptions,
  context: Pick<CommandContext, 'env' | 'cwd' | 'terminal'>,
  { checkKeys = true }: { readonly checkKeys?: boolean } = {},
): Promise<AppContext> {
  const { env, cwd, terminal } = context;
  const config = await loadConfig({ path: options.config, directory: cwd, env, checkKeys });
  for (const notice of config.notices) terminal.notice(`note: ${notice}`);
  const place = placeOf(options, config, context);
  const store = place === undefined ? undefined : createStore({ ...place.settings });
  const managers: ImageManager[] = [];
  return {
    config,
    store,
    hasOwnPlace: place?.isOwn ?? false,
    manager(chosen = [undefined], keeps = true) {
      const providers = providersFor(chosen, config, context);
      const settings = { env, ...(store && keeps && { store }), ...(providers && { providers }) };
      const manager = createManagerFromConfig(config, settings);
      managers.push(manager);
      return manager;
    },
    needStore() {
      if (store) return store;
      throw new UsageError('there is no store', 'Leave --no-store out, or name a directory with --store.');
    },
    requireLedger() {
      if (limitsOf(config.budget).length === 0) return;
      const problem = ledgerProblem(options, config, context);
      if (problem) throw problem;
    },
    async [Symbol.asyncDispose]() {
      // The work is done and told. What cannot be closed is no reason to call it failed.
      const closing = await Promise.allSettled(managers.map((manager) => manager.close()));
      const all = [...closing, ...(await Promise.allSettled([store?.close()]))];
      for (const each of all) {
        if (each.status === 'rejected') terminal.notice(`note: not closed properly: ${reasonOf(each.reason)}`);
      }
    },
  };
}

interface Place {
  readonly settings: StoreSettings;
  readonly isOwn: boolean;
}

/** What was named, what the configuration says, or a place of the user's for programs' data. */
function placeOf(
  { store }: GlobalOptions,
  { store: configured, output }: Config,
  { env, cwd }: Pick<CommandContext, 'env' | 'cwd'>,
): Place | undefined {
  if (store === false) return undefined;
  const own = store ?? configured.directory ?? (output.writeMetadataJson === false ? undefined : output.directory);
  const directory = own === undefined ? dataFolder(env) : resolve(cwd, own);
  if (directory === undefined) return undefined;
  const { mark, keepPrompt } = configured;
  const database = databaseOf(configured, env);
  // A directory that was named is where pictures go.
  const s3 = store === undefined ? configured.s3 : undefined;
  const settings: StoreSettings = {
    directory,
    ...(database && { database }),
    ...(output.naming !== undefined && { naming: output.naming }),
    ...(mark !== undefined && { marks: ({ embed: 'image', sidecar: 'sidecar', off: 'none' } as const)[mark] }),
    ...(keepPrompt === false && { prompts: 'hash' }),
    ...(s3 && { s3: s3FromConfig(s3, env) }),
  };
  return { settings, isOwn: own !== undefined || s3 !== undefined };
}

/** A limit counts what is in one ledger: a call that another one counts, or none, would pass it by. */
function ledgerProblem(
  options: GlobalOptions,
  config: Config,
  context: Pick<CommandContext, 'env' | 'cwd'>,
): UsageError | undefined {
  const limits = 'the budget of the configuration';
  if (options.store === false) {
    return new UsageError(
      `--no-store leaves ${limits} without its ledger`,
      'Leave --no-store out. To put the files elsewhere: --out.',
    );
  }
  const usual = placeOf({}, config, context)?.settings.directory;
  if (options.store === undefined) {
    if (usual !== undefined) return undefined;
    return new UsageError(`${limits} has no place for its ledger`, 'Name one in the configuration: store.directory.');
  }
  // In a database the ledger is the same for every directory.
  if (config.store.databaseUrlEnv !== undefined) return undefined;
  const own = resolve(context.cwd, options.store);
  if (usual !== undefined && realPath(own) === realPath(usual)) return undefined;
  return new UsageError(
    `--store ${options.store} leaves ${limits} without its ledger${usual === undefined ? '' : `, which is in ${usual}`}`,
    'Leave --store out. To put the files elsewhere: --out.',
  );
}

/** One directory may be named in several ways. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path; // it is not there yet
  }
}

/** Never without it where it is named: in another ledger nobody would find what was spent. */
function databaseOf(
  { databaseUrlEnv, databaseSchema, index }: Config['store'],
  env: CommandContext['env'],
): StoreSettings['database'] {
  if (databaseUrlEnv === undefined) return undefined;
  const url = env[databaseUrlEnv]?.trim();
  if (url) return { url, schema: databaseSchema, index };
  throw new UsageError(
    `the variable ${databaseUrlEnv}, which holds the address of the store's database, is not set, or empty`,
    'Set it, or use --no-store.',
  );
}

/** Beside the backends of the configuration: who was named, and where there are none the one whose key is set, or the stub, which says so. */
function providersFor(
  chosen: readonly (string | undefined)[],
  { backends, defaultBackend }: Config,
  { env, terminal }: Pick<CommandContext, 'env' | 'terminal'>,
): Readonly<Record<string, AiImageProvider>> | undefined {
  const isConfigured = Object.keys(backends).length > 0;
  const named = chosen.flatMap((name) => (name === undefined || Object.hasOwn(backends, name) ? [] : [name]));
  const byName = named.map((name) => borrowProvider(name));
  const isOpen = !isConfigured && chosen.includes(undefined);
  const usual = isOpen ? [usualProvider(defaultBackend, { env, terminal })] : [];
  const all = [...usual, ...byName];
  return all.length === 0 ? undefined : Object.fromEntries(all.map((provider) => [provider.id, provider]));
}

function usualProvider(
  defaultBackend: string | undefined,
  { env, terminal }: Pick<CommandContext, 'env' | 'terminal'>,
): AiImageProvider & { readonly id: string } {
  const isNamed = defaultBackend !== undefined || (env.AI_IMAGE_PROVIDER ?? '').trim() !== '';
  if (isNamed || configuredProviders().length > 0) return borrowProvider(defaultBackend);
  terminal.notice('no key is set, so this is drawn offline by the stub. For a real picture set OPENAI_API_KEY');
  terminal.notice('(or another vendor’s key) and run the same command again.');
  return borrowProvider('stub');
}

/** The name under which the manager knows a provider that was named. */
export function nameOf(chosen: string, { backends }: Config): string {
  return Object.hasOwn(backends, chosen) ? chosen : getProvider(chosen).id;
}

/**
 * A default store that cannot be used is no reason to refuse an image, unless a budget counts what is in it.
 * @throws UsageError: a budget is configured, and its ledger would not know of the call
 */
export async function usableStore(
  { store, hasOwnPlace, config, requireLedger }: AppContext,
  { terminal }: CommandContext,
): Promise<boolean> {
  requireLedger();
  if (store === undefined) return false;
  try {
    await store.preflight();
    return true;
  } catch (error) {
    const isCounted = config.store.databaseUrlEnv !== undefined || Object.keys(config.budget).length > 0;
    if (hasOwnPlace || isCounted || !isAiImageError(error)) throw error;
    terminal.notice(`note: nothing is kept: ${error.message}`);
    return false;
  }
}
