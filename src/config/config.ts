/** What a configuration file says, as plain data. No key is in it: only the names of the variables that hold them. */
import type { ProviderLimits } from '../manager/limits/concurrency-limiter.ts';
import type { BudgetLimits, Profile, StylePreset } from '../manager/types.ts';
import type { ProviderId } from '../providers/registry.ts';

/** Which file counted. */
export type ConfigOrigin =
  | { readonly kind: 'none' }
  /** `explicit`: named by the caller; `variable`: by `IMAGEN_CONFIG`. */
  | { readonly kind: 'explicit' | 'variable' | 'project' | 'user'; readonly path: string };

/** One provider under a name of its own. */
export interface BackendConfig {
  readonly type: ProviderId;
  /** What it draws with where a request names no model. */
  readonly model?: string;
  /** Left out, instead of refused, where its key is not in the environment. */
  readonly isOptional: boolean;
  /** As `createProvider` takes them; none is secret. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Setting -> the variable that holds it. */
  readonly variables: Readonly<Record<string, string>>;
}

export interface OutputConfig {
  readonly directory?: string;
  /** The template of file names. */
  readonly naming?: string;
  readonly writeMetadataJson?: boolean;
}

/** The bucket that pictures are kept in; `s3FromConfig` adds its credentials. */
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
  /** Where it is written that a picture was made by AI. */
  readonly mark?: 'embed' | 'sidecar' | 'off';
  readonly keepPrompt?: boolean;
  readonly s3?: S3Config;
  /** The variable that holds the address of a PostgreSQL database for index, ledger and jobs. */
  readonly databaseUrlEnv?: string;
  readonly databaseSchema?: string;
  /** Where the index is, where there is a database. */
  readonly index?: 'database' | 'directory';
}

export interface JobsConfig {
  /** How many days a submitted job stays open. */
  readonly keepOpenDays?: number;
}

/** A routing rule in plain words. */
export interface RoutingConfig {
  readonly intents: readonly string[];
  readonly words: readonly string[];
  /** Names of backends, or types; the best first. */
  readonly backends: readonly string[];
}

export interface Config {
  readonly origin: ConfigOrigin;
  /** What a person should know, e.g. that a file was not applied. */
  readonly notices: readonly string[];
  /** A name of `backends`; where there are none, the id of a provider. */
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
}

/** As it is where there is no file. */
export const NO_CONFIG: Config = {
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
