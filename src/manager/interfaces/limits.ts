/** Settings of a manager that limit or order the calls to providers. */

export interface BreakerSettings {
  /** Failures in a row after which the provider is paused. @default 5 */
  readonly maxFailures?: number;
  /** How long it is paused, in milliseconds. @default 30000 */
  readonly pauseMs?: number;
}

export interface ProviderLimits {
  /** Calls at the same time. @default no limit */
  readonly maxConcurrent?: number;
  /** Calls per minute, evenly spaced. @default no limit */
  readonly callsPerMinute?: number;
}

/** Prefers some providers for some requests. */
export interface RoutingRule {
  /** Values of `metadata.intent` that the rule applies to. */
  readonly intents: readonly string[];
  /**
   * Matches prompts that suggest the intent; weaker evidence than `metadata.intent`. A regular expression without the flag `g`, or
   * any object with `test`.
   */
  readonly promptPattern: { readonly test: (prompt: string) => boolean };
  /** Names or ids of the manager's providers, the best first. The manager of the package root also takes ids of this package's other providers, and aliases. */
  readonly providers: readonly string[];
}
