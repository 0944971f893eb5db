/** Creates providers from adapter definitions. */

import * as z from 'zod/mini';
import { bearerAuth, headerAuth, noAuth, queryAuth } from '../../../transport/auth/keys.ts';
import { parseJsonText } from '../../../transport/body/json.ts';
import type { AuthStrategy } from '../../../transport/index.ts';
import { DEFAULT_DEADLINE_MS } from '../../../transport/settings.ts';
import { createTransportWith, type PhaseCode } from '../../../transport/transport.ts';
import { AiImageError } from '../../protocol/errors.ts';
import { withoutUndefined } from '../../protocol/input/without-undefined.ts';
import type { MediaProvider } from '../../protocol/provider.ts';
import { createPlannedCalls } from '../../protocol/shared/planned-calls.ts';
import { nameOf, type ProviderAbout } from '../adapter/about.ts';
import { compatibleServerHint } from '../adapter/compatible-servers.ts';
import { bySettings, type ProviderDefinition } from '../adapter/provider-definition.ts';
import { COMMON_SETTINGS, type CommonSettings, checkSettings } from '../adapter/settings.ts';
import { loadFeature } from '../features/load-feature.ts';
import { knownKeys, parseInput } from '../schema/parse.ts';
import { createMediaProvider } from './create-media-provider.ts';
import type { VendorProvider } from './vendor-provider.ts';

/** A provider of this package, before it has settings. */
export interface DefinedProvider<
  Settings,
  Options extends Readonly<Record<string, unknown>> = Readonly<Record<string, unknown>>,
> {
  /** The adapter's definition, for docs, tests and tables. */
  readonly definition: ProviderDefinition;
  /** Creates the provider. @throws AiImageError `not_configured`: a setting is missing, unknown or invalid */
  readonly create: (settings?: Settings) => VendorProvider<Options>;
}

/** The options that a schema accepts. Options are always an object. */
type OptionsOf<Schema extends z.ZodMiniType> = Extract<z.input<Schema>, Readonly<Record<string, unknown>>>;

/** Names of secret settings that are sent in a header. */
const IN_HEADER = /token$|apiKey$/i;

/** For adapters without settings of their own. */
const noSettings: z.ZodMiniType<object, object> = z.strictObject({});

/** Checks types only; the contract suite tests the behaviour of an adapter. */
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
): DefinedProvider<CommonSettings & z.input<Settings>, OptionsOf<Options>> {
  // The kit passes to each function of an adapter what the adapter's own schemas return, so the type parameters can be dropped here.
  const definition = adapter as unknown as ProviderDefinition;
  // The options are checked by the adapter's own schema.
  const createVendor = (settings = {} as CommonSettings & z.input<Settings>) =>
    create(definition, settings) as VendorProvider<OptionsOf<Options>>;
  return { definition, create: createVendor };
}

function create(definition: ProviderDefinition, given: CommonSettings): Required<MediaProvider> {
  const settings = checkSettings(definition.about, given, { ownNames: knownKeys(definition.settingsSchema) });
  const own = readOwnSettings(definition, settings);
  const named = withName(definition, own);
  const { about } = named;
  const baseUrl = settings.baseUrl ?? bySettings(definition.baseUrl, own) ?? throwMissingBaseUrl(about);
  const { apiKey, fetch, deadlineMs, attemptTimeoutMs, limits = {}, hooks } = settings;
  const headers = { ...withoutUndefined(definition.toHeaders?.(own) ?? {}), ...settings.headers };
  const { maxImageBytes: maxResultBytes } = limits;
  const transport =
    settings.transport ??
    createTransportWith(phasesOf(definition), {
      baseUrl,
      auth: withSecrets(
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
    isVendorUrl: settings.baseUrl === undefined,
    serverHint: compatibleServerHint(about, baseUrl),
    limits,
    deadlineMs: deadlineMs ?? DEFAULT_DEADLINE_MS,
    isObserved,
    plannedCalls: createPlannedCalls(),
  });
}

/** Returns the phases of the transport that the features of this adapter bring. */
function phasesOf({ about, job, jobWebSocket, stream, requestToken, upload }: ProviderDefinition): PhaseCode {
  return {
    jobs: job && (() => loadFeature(about, job.feature)),
    socket: jobWebSocket && (() => loadFeature(about, jobWebSocket.feature)),
    stream: stream && (() => loadFeature(about, stream.feature)),
    requestToken,
    upload: upload && (() => loadFeature(about, upload.feature)),
  };
}

/** Applies the caller's name for this server to the definition. */
function withName(definition: ProviderDefinition, own: object): ProviderDefinition {
  const id = nameOf(definition.about, own);
  return id === definition.about.id ? definition : { ...definition, about: { ...definition.about, id } };
}

function throwMissingBaseUrl({ id, env }: ProviderAbout): never {
  const [variable] = env?.baseUrl ?? [];
  const hint = `Pass the URL of the server as the setting baseUrl${variable ? `, or set ${variable} and use getProvider('${id}')` : ''}.`;
  throw new AiImageError('not_configured', `${id}: setting baseUrl is missing`, { provider: id, hint });
}

/** Parses the vendor's own settings. */
function readOwnSettings(definition: ProviderDefinition, settings: CommonSettings): object {
  const { about, settingsSchema = noSettings } = definition;
  const common = new Set<string>(COMMON_SETTINGS);
  const own = Object.fromEntries(
    Object.entries(settings).filter(([name, value]) => !common.has(name) && value !== undefined),
  );
  // A settings schema is always an object schema.
  const parsed = parseInput(settingsSchema, own, {
    code: 'not_configured',
    subject: 'settings',
    provider: about.id,
  }) as Readonly<Record<string, unknown>>;
  for (const name of definition.secretSettings ?? []) {
    const value = parsed[name];
    if (typeof value === 'string' && IN_HEADER.test(name) && !/^[\x21-\x7e]+$/.test(value)) {
      const hint = 'Copy it again: it is a single word of ASCII characters.';
      const message = `${about.id}: setting ${name} contains characters that are not allowed in a token`;
      throw new AiImageError('not_configured', message, { provider: about.id, hint });
    }
  }
  return parsed;
}

function toStrategy(about: ProviderAbout, apiKey: string | undefined): AuthStrategy {
  const { auth } = about;
  if (apiKey === undefined) return noAuth; // `checkSettings` has refused a missing key if one is required
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

/** Redacts all given secrets, even if the strategy uses another credential. */
function withSecrets(auth: AuthStrategy, others: readonly unknown[]): AuthStrategy {
  const given = others.flatMap((each) => secretsIn(each));
  return { ...auth, secrets: () => [...new Set([...auth.secrets(), ...given])] };
}

/** Names of key file fields that hold a secret. */
const SECRET_FIELD = /key|secret|token|password/i;

/** Returns the secrets in a text, a list of texts, or the content of a key file. */
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
    return [text]; // not a key file, so the whole text is the secret
  }
}
