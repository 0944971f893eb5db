/** Makes a provider of an adapter. */
import * as z from 'zod/mini';
import {
  type AuthStrategy,
  bearerAuth,
  createTransport,
  DEFAULT_DEADLINE_MS,
  headerAuth,
  noAuth,
  parseJsonText,
  queryAuth,
} from '../../../transport/index.ts';
import { AiImageError } from '../../protocol/errors.ts';
import type { MediaProvider } from '../../protocol/provider.ts';
import { nameOf, type ProviderAbout } from '../adapter/about.ts';
import { bySettings, type ProviderDefinition } from '../adapter/definition.ts';
import { COMMON_SETTINGS, type CommonSettings, checkSettings, unknownSetting } from '../adapter/settings.ts';
import { knownKeys, parseInput } from '../schema/parse.ts';
import { createMediaProvider } from './create-media-provider.ts';

export interface DefinedProvider<Settings> {
  /** The adapter itself, for docs, tests and tables. */
  readonly definition: ProviderDefinition;
  /**
   * @throws AiImageError `not_configured`: a setting is missing, unknown or wrong
   */
  readonly create: (settings?: Settings) => MediaProvider;
}

/** Secret settings that go into a header as they are. */
const IN_HEADER = /token$|apiKey$/i;

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
  const settings = checkSettings(definition.about, given);
  const own = readOwnSettings(definition, settings);
  const named = withName(definition, own);
  const { about } = named;
  const baseUrl = settings.baseUrl ?? bySettings(definition.baseUrl, own) ?? lacksBaseUrl(about);
  const { apiKey, fetch, deadlineMs, attemptTimeoutMs, limits = {}, hooks } = settings;
  const headers = { ...definedOnly(definition.toHeaders?.(own) ?? {}), ...settings.headers };
  const { maxImageBytes: maxResultBytes } = limits;
  const transport =
    settings.transport ??
    createTransport({
      baseUrl,
      auth: alsoHiding(
        definition.toAuth?.({ ...own, ...(apiKey !== undefined && { apiKey }) }) ?? toStrategy(about, apiKey),
        [apiKey, ...(definition.secretSettings ?? []).map((name) => (own as Readonly<Record<string, unknown>>)[name])],
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
    definition: named,
    settings: own,
    transport,
    baseUrl,
    limits,
    deadlineMs: deadlineMs ?? DEFAULT_DEADLINE_MS,
    isObserved,
  });
}

/** The adapter under the name that the caller gave to this server. */
function withName(definition: ProviderDefinition, own: object): ProviderDefinition {
  const id = nameOf(definition.about, own);
  return id === definition.about.id ? definition : { ...definition, about: { ...definition.about, id } };
}

function lacksBaseUrl({ id, env }: ProviderAbout): never {
  const [variable] = env?.baseUrl ?? [];
  const hint = `Pass the address of the server as baseUrl${variable ? `, or set ${variable} and use getProvider('${id}')` : ''}.`;
  throw new AiImageError('not_configured', `${id}: setting baseUrl is missing`, { provider: id, hint });
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
  const parsed = parseInput(settingsSchema, own, {
    code: 'not_configured',
    subject: 'settings',
    provider: about.id,
  }) as Readonly<Record<string, unknown>>;
  for (const name of definition.secretSettings ?? []) {
    const value = parsed[name];
    if (typeof value === 'string' && IN_HEADER.test(name) && !/^[\x21-\x7e]+$/.test(value)) {
      const hint = 'Copy it again: it is one word of plain letters, digits and signs.';
      const message = `${about.id}: setting ${name} holds characters no token has`;
      throw new AiImageError('not_configured', message, { provider: about.id, hint });
    }
  }
  return parsed;
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
  const given = others.flatMap((each) => secretsIn(each));
  return { ...auth, secrets: () => [...new Set([...auth.secrets(), ...given])] };
}

/** Names of fields of a key file that hold a secret. */
const SECRET_FIELD = /key|secret|token|password/i;

/** A text, several of them, or the content of a key file. */
function secretsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return /^\s*\{/.test(value) ? secretsIn(parseLeniently(value)) : [value];
  if (Array.isArray(value)) return value.flatMap(secretsIn);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, each]) =>
    typeof each === 'string' && SECRET_FIELD.test(name) && !/^https?:/.test(each) ? [each] : [],
  );
}

function parseLeniently(text: string): unknown {
  try {
    return parseJsonText(text);
  } catch {
    return [text]; // no key file; then all of it is the secret
  }
}

function definedOnly(headers: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
