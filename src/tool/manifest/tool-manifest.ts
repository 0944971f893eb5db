/** The manifest of a tool, in the form that agent hosts read. */
import type { JsonSchema } from '../json-schema.ts';

/** How a host authenticates. Each variable is enough for its providers. */
export interface ManifestAuth {
  /** A call needs a key. */
  readonly required: boolean;
  /** The kind of authentication. */
  readonly type: 'api_key';
  /** By the name of the environment variable. */
  readonly envs: Readonly<Record<string, { readonly required: boolean; readonly providers?: readonly string[] }>>;
  /** What a person has to set, as sentences. */
  readonly docs: string;
}

/** A tool, as hosts read it from a file. */
export interface ToolManifest {
  /** The name that the model calls. */
  readonly name: string;
  /** For models. */
  readonly description: string;
  /** The arguments. */
  readonly parameters: JsonSchema;
  /** The version of the tool. */
  readonly version: string;
  /** What a call changes: it saves files. */
  readonly side_effects: 'filesystem';
  /** How long a host should wait for an answer, in seconds. */
  readonly default_timeout: number;
  /** Which keys the tool can use. */
  readonly auth: ManifestAuth;
  /** Whether a host may call it several times at once. */
  readonly allow_parallel: boolean;
  /** How a host makes the key that marks a repeated call. */
  readonly idempotency_key: {
    /** Every call needs a key. */
    readonly required: boolean;
    /** What a key stands for. */
    readonly scope: string;
    /** How to make a key, as sentences. */
    readonly guidance: string;
  };
  /** What a call costs, in `cost_unit`. */
  readonly cost_per_call: number;
  /** The unit of `cost_per_call`. */
  readonly cost_unit: 'USD';
  /** What the tool is good for. */
  readonly capabilities: readonly string[];
  /** The providers that can be used. */
  readonly providers: readonly {
    /** The name for the argument `provider`. */
    readonly name: string;
    /** 0 is tried first. */
    readonly priority: number;
    /** How often a host should check it, in seconds. */
    readonly health_check_interval: number;
  }[];
}
