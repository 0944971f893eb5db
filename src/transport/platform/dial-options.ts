/** The options of `dial`, the same on every platform. */

export interface ResolvedAddress {
  /** IPv4 or IPv6 text. */
  readonly address: string;
  /** 4 or 6. */
  readonly family: number;
}

export interface DialOptions {
  /** Closes the connection at any time, also while the body is read. It is the only time limit, so it must fire eventually. */
  readonly signal: AbortSignal;
  /** @default 'GET' */
  readonly method?: 'GET' | 'PUT' | 'POST' | undefined;
  readonly body?: Uint8Array<ArrayBuffer> | undefined;
  /** Sent in addition to `Host`. Must not contain a credential for another origin. */
  readonly headers: Readonly<Record<string, string>>;
  /** Whether an address may be dialled, e.g. `isPublicAddress`. */
  readonly isAllowed: (address: string) => boolean;
  /**
   * Resolves a host name.
   * @default the resolver of the operating system. In browsers and edge runtimes, passing one is a TypeError
   */
  readonly lookup?: ((hostname: string) => Promise<readonly ResolvedAddress[]>) | undefined;
}
