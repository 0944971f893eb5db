/** Makes a provider of an adapter. */
import * as z from 'zod/mini';
import {
  type AuthStrategy,
  bearerAuth,
  createTransport,
  DEFAULT_DEADLINE_MS,
  headerAuth,
  noAuth,
  queryAuth,
} from '../../transport/index.ts';
import type { MediaProvider } from '../protocol/provider.ts';
import type { ProviderAbout } from './about.ts';
import { createMediaProvider } from './create-media-provider.ts';
import { bySettings, type ProviderDefinition } from './definition.ts';
import { knownKeys, parseInput } from './parse.ts';
import { COMMON_SETTINGS, type CommonSettings, checkSettings, unknownSetting } from './settings.ts';

export interface DefinedProvider<Settings> {
  /** The adapter itself, for docs, tests and tables. */
  readonly definition: ProviderDefinition;
  /**
   * @throws AiImageError `not_configured`: a setting is missing, unknown or wrong
   */
  readonly create: (settings?: Settings) => MediaProvider;
}

/** An adapter without settings of its own. */
const noSettings: z.ZodMiniType<object, object> = z.strictObject({});

/** Checks nothing but types: what an adapter promises is proved by the contract suite. */
export function defineProvider<
  Options extends z.ZodMiniType,
  Response extends z.ZodMiniType,
  Failure extends z.ZodMiniType,
  Settings extends z.ZodMiniType = typeof noSettings,
  Submitted extends z.ZodMiniType = z.ZodMiniType,
  State extends z.ZodMiniType = z.ZodMiniType,
  Event extends z.ZodMiniType = z.ZodMiniType,
  Found extends z.ZodMiniType = z.ZodMiniType,
  Quoted extends z.ZodMiniType = z.ZodMiniType,
  Placed extends z.ZodMiniType = z.ZodMiniType,
  Hook extends z.ZodMiniType = z.ZodMiniType,
  Message extends z.ZodMiniType = z.ZodMiniType,
>(
  adapter: ProviderDefinition<
    Options,
    Response,
    Failure,
    Settings,
    Submitted,
    State,
    Event,
    Found,
    Quoted,
    Placed,
    Hook,
    Message
  >,
): DefinedProvider<CommonSettings & z.input<Settings>> {
  // The functions of an adapter take what its own schemas give; the kit always passes exactly that, so the types can be forgotten here.
  const definition = adapter as unknown as ProviderDefinition;
  return { definition, create: (settings = {} as CommonSettings & z.input<Settings>) => create(definition, settings) };
}

function create(definition: ProviderDefinition, given: CommonSettings): MediaProvider {
  const { about } = definition;
  const settings = checkSettings(about, given);
  const own = readOwnSettings(definition, settings);
  const baseUrl = settings.baseUrl ?? bySettings(definition.baseUrl, own);
  const { apiKey, fetch, deadlineMs, attemptTimeoutMs, limits = {}, hooks } = settings;
  const headers = { ...definedOnly(definition.toHeaders?.(own) ?? {}), ...settings.headers };
  const { maxImageBytes: maxResultBytes } = limits;
  const transport =
    settings.transport ??
    createTransport({
      baseUrl,
      auth: alsoHiding(
        definition.toAuth?.({ ...own, ...(apiKey !== undefined && { apiKey }) }) ?? toStrategy(about, apiKey),
        [apiKey, (own as { readonly webhookSecret?: unknown }).webhookSecret],
      ),
      headers,
      apiHosts: settings.baseUrl === undefined ? bySettings(definition.apiHosts, own) : undefined,
      fetch,
      deadlineMs,
      attemptTimeoutMs,
      limits: { ...definition.limits, ...limits, ...(maxResultBytes !== undefined && { maxResultBytes }) },
      hooks,
    });
  const isObserved = hooks !== undefined || settings.transport !== undefined;
  return createMediaProvider({
    definition,
    settings: own,
    transport,
    baseUrl,
    limits,
    deadlineMs: deadlineMs ?? DEFAULT_DEADLINE_MS,
    isObserved,
  });
}

/** The vendor's own settings, by its own schema. */
function readOwnSettings(definition: ProviderDefinition, settings: CommonSettings): object {
  const { about, settingsSchema = noSettings } = definition;
  const common = new Set<string>(COMMON_SETTINGS);
  const own = Object.fromEntries(
    Object.entries(settings).filter(([name, value]) => !common.has(name) && value !== undefined),
  );
  const known = knownKeys(settingsSchema);
  const stranger = Object.keys(own).find((name) => !known.includes(name));
  if (stranger !== undefined) throw unknownSetting(about, stranger, [...COMMON_SETTINGS, ...known]);
  // A schema of settings is that of an object.
  return parseInput(settingsSchema, own, {
    code: 'not_configured',
    subject: 'settings',
    provider: about.id,
  }) as object;
}

function toStrategy(about: ProviderAbout, apiKey: string | undefined): AuthStrategy {
  const { auth } = about;
  if (apiKey === undefined) return noAuth; // `checkSettings` has refused a missing key where one is needed
  switch (auth.kind) {
    case 'none':
    case 'own':
    case 'bearer':
      return bearerAuth(apiKey, 'scheme' in auth ? auth.scheme : undefined);
    case 'header':
      return headerAuth(auth.name, apiKey);
    case 'query':
      return queryAuth(auth.name, apiKey);
    default:
      return auth satisfies never;
  }
}

/** Secrets that were given are hidden, also where another way of showing who asks was preferred. */
function alsoHiding(auth: AuthStrategy, others: readonly unknown[]): AuthStrategy {
  const given = others.filter((each) => typeof each === 'string');
  return { ...auth, secrets: () => [...auth.secrets(), ...given] };
}

function definedOnly(headers: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
