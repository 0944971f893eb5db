/** The settings of a client, and the arguments of its methods. */

export interface ClientSettings {
  /** The address of the server, e.g. `http://127.0.0.1:4242`. A `#token=…` in it, as `imagen serve` prints it, is the token. */
  readonly url: string;
  /** The bearer token. @default that of the address */
  readonly token?: string | undefined;
  /** Sends the requests. @default the platform's `fetch` */
  readonly fetch?: ((url: string, init: RequestInit) => Promise<Response>) | undefined;
  /** How long the client waits before it opens a broken event stream again, in milliseconds. It doubles up to 30 seconds. @default 1000 */
  readonly reconnectMs?: number | undefined;
}

export interface ApiCallOptions {
  /** Ends the request. A call that has started goes on: `cancelRun` cancels it. */
  readonly signal?: AbortSignal | undefined;
  /**
   * For requests that cost money: the same key with the same request never pays twice, and returns the images of the first one.
   * @default a random key
   */
  readonly idempotencyKey?: string | undefined;
}

/** Fields of a request, by name. */
export type Fields = Readonly<Record<string, unknown>>;
