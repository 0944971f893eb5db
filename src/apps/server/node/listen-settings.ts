/** Where a server listens, and a server that listens. */

export interface ListenSettings {
  /** The address to listen on. Another one than `127.0.0.1` or `::1` lets other machines send requests. @default '127.0.0.1' */
  readonly host?: string;
  /** 0 takes a free port. @default 4242 */
  readonly port?: number;
  /** The path of a Unix socket, with mode 0600. Instead of host and port. */
  readonly socket?: string;
  /** How long a client may take to send a request with its body, in milliseconds. Raise it for slow uploads. @default 60_000 */
  readonly requestTimeoutMs?: number;
}

export interface ListeningServer {
  /** The address, e.g. `http://127.0.0.1:4242`; for a Unix socket its path. */
  readonly url: string;
  /**
   * Takes no new connections, answers new requests on open ones with 503, lets running calls and answers end, then closes.
   * @param deadlineMs after it, running calls are aborted, and connections are closed @default 25_000
   */
  readonly close: (deadlineMs?: number) => Promise<void>;
}
