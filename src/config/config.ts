/** The content of a configuration file as plain data. It holds no keys, only the names of the environment variables that hold them. */
import type { ProviderLimits } from '../manager/interfaces/limits.ts';
import type { BudgetLimits, Profile, StylePreset } from '../manager/interfaces/profile.ts';
import type { ProviderId } from '../providers/registry.ts';

/** Which file was used. */
export type ConfigOrigin =
  | { readonly kind: 'none' }
  /** `explicit`: the caller named the file. `variable`: `IMAGEN_CONFIG` named it. */
  | { readonly kind: 'explicit' | 'variable' | 'project' | 'user'; readonly path: string };

/** A provider with settings, under a name the user chose. */
export interface BackendConfig {
  readonly type: ProviderId;
  /** The model for requests that name none. */
  readonly model?: string;
  /** Whether a missing key skips this backend instead of causing an error. */
  readonly isOptional: boolean;
  /** Settings for `createProvider`. None of them is secret. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Setting -> name of the environment variable that holds it. */
  readonly variables: Readonly<Record<string, string>>;
}

export interface OutputConfig {
  readonly directory?: string;
  /** Template for file names. */
  readonly naming?: string;
  readonly writeMetadataJson?: boolean;
}

/** The bucket for images. `s3FromConfig` adds the credentials. */
export interface S3Config {
  readonly bucket: string;
  readonly region?: string;
  readonly endpoint?: string;
  readonly prefix?: string;
  readonly forcePathStyle?: boolean;
  readonly accessKeyIdEnv?: string;
  readonly secretAccessKeyEnv?: string;
  readonly sessionTokenEnv?: string;
}

export interface StoreConfig {
  readonly directory?: string;
  /** Where the "made by AI" mark is written. */
  readonly mark?: 'embed' | 'sidecar' | 'off';
  readonly keepPrompt?: boolean;
  readonly s3?: S3Config;
  /** Name of the variable that holds the PostgreSQL URL for index, ledger and jobs. */
  readonly databaseUrlEnv?: string;
  readonly databaseSchema?: string;
  /** Where the index is kept if a database is configured. */
  readonly index?: 'database' | 'directory';
}

/** A sink that gets what each call cost. The variables hold the addresses and secrets. */
export interface UsageSinkConfig {
  /** Where the sink writes. */
  readonly type: 'jsonl' | 'postgres' | 'webhook';
  /** @default the type */
  readonly name?: string;
  /** The file of a `jsonl` sink. */
  readonly path?: string;
  /** Where a `jsonl` sink writes instead of a file. */
  readonly stream?: 'stdout';
  /** Name of the variable that holds the address of a `postgres` or `webhook` sink. */
  readonly urlEnv?: string;
  /** Name of the variable that holds the secret of a `webhook` sink. */
  readonly secretEnv?: string;
  /** The schema of the tables of a `postgres` sink. */
  readonly schema?: string;
}

export interface UsageConfig {
  /** Each has another name. */
  readonly sinks: readonly UsageSinkConfig[];
}

export interface JobsConfig {
  /** Days a submitted job stays open. */
  readonly keepOpenDays?: number;
}

/** A token and what its holder may do. It has either `sha256` or `env`. */
export interface ServeTokenConfig {
  /** The name of the holder, and the project of the requests: `metadata.costCenter`. */
  readonly name: string;
  /** The SHA-256 of the token, as hex digits. */
  readonly sha256?: string;
  /** Name of the environment variable that holds the token. */
  readonly env?: string;
  /** The profile of every request. */
  readonly profile?: string;
  /** The models that may be used, as `backend/model` or `backend`. */
  readonly models?: readonly string[];
  /** The limit of spending per day. It is also in `budget.perProjectPerDayUsd`. */
  readonly perDayUsd?: number;
  readonly requestsPerMinute?: number;
}

/** Limits of the server. */
export interface ServeLimitsConfig {
  /** Calls of one token that run at the same time. */
  readonly callsPerToken?: number;
  /** Calls of one token that wait. */
  readonly waitingPerToken?: number;
  /** Requests of one token per minute. */
  readonly requestsPerMinute?: number;
  /** The size of a JSON body without images. */
  readonly maxJsonBytes?: number;
  /** The size of a body that may hold images. */
  readonly maxUploadBytes?: number;
}

/** The settings of `imagen serve`. It holds no tokens: only their hashes, and the names of the variables that hold them. */
export interface ServeConfig {
  readonly host?: string;
  readonly port?: number;
  /** Each has another name. */
  readonly tokens?: readonly ServeTokenConfig[];
  /** Model ids that stand for others; `false`: not even the default ones. */
  readonly aliases?: Readonly<Record<string, string>> | false;
  /** Names that the `Host` header may have. */
  readonly hosts?: readonly string[];
  /** Origins of web pages that may call the server. */
  readonly origins?: readonly string[];
  /** The address of the server as its clients see it. */
  readonly publicUrl?: string;
  /** Takes the address of the client from `X-Forwarded-For`. */
  readonly trustProxy?: boolean;
  /** Answers `GET /metrics`. */
  readonly metrics?: boolean;
  /** Sends white space while a JSON answer is not ready. */
  readonly keepAliveJson?: boolean;
  readonly limits?: ServeLimitsConfig;
  /** Answers agents at `/mcp`. */
  readonly mcp?: boolean;
}

/** The settings of `imagen mcp`, and of `/mcp` of `imagen serve`. */
export interface McpConfig {
  /** Folders whose images agents may use as references. Not for `/mcp`, whose agents may be on other machines. */
  readonly roots?: readonly string[];
  /** What one session may spend, in US dollars. A session of `/mcp` is a day (UTC) of one token. */
  readonly maxUsd?: number;
  /** How many images one session may generate. */
  readonly maxImages?: number;
  /** A call above this price, in US dollars, needs the user's agreement. */
  readonly confirmAboveUsd?: number;
  /** Hosts from which references are fetched. */
  readonly referenceHosts?: readonly string[];
}

/** A routing rule whose `words` are plain words, not patterns. */
export interface RoutingConfig {
  readonly intents: readonly string[];
  readonly words: readonly string[];
  /** Backend names or provider ids, best first. */
  readonly backends: readonly string[];
}

export interface Config {
  readonly origin: ConfigOrigin;
  /** Messages for the user, for example that a file was not applied. */
  readonly notices: readonly string[];
  /** A name from `backends`, or a provider id if there are no backends. */
  readonly defaultBackend?: string;
  readonly backends: Readonly<Record<string, BackendConfig>>;
  readonly output: OutputConfig;
  readonly store: StoreConfig;
  readonly budget: BudgetLimits;
  readonly jobs?: JobsConfig;
  readonly profiles: Readonly<Record<string, Profile>>;
  readonly styles: Readonly<Record<string, StylePreset>>;
  readonly routing: readonly RoutingConfig[];
  readonly limits: Readonly<Record<string, ProviderLimits>>;
  readonly fallback?: readonly string[];
  readonly usage?: UsageConfig;
  readonly serve?: ServeConfig;
  readonly mcp?: McpConfig;
}

/** The configuration without a file. */
export const EMPTY_CONFIG: Config = {
  origin: { kind: 'none' },
  notices: [],
  backends: {},
  output: {},
  store: {},
  budget: {},
  profiles: {},
  styles: {},
  routing: [],
  limits: {},
};
