/** The interface of authentication strategies. Secrets live in closures; only the redactor reads them. */
import type { Clock } from '../flow/wait.ts';

export interface Authorization {
  readonly headers?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
}

/** The request that a strategy may sign. */
export interface SignableRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** Present when the body is known as bytes. */
  readonly body?: Uint8Array;
}

/** A request to a token server. */
export interface TokenRequest {
  readonly method: 'GET' | 'POST';
  /** Absolute. Comes from the caller's settings, never from a server. */
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as a form. */
  readonly form?: Readonly<Record<string, string>>;
}

/** The reply of a token server, also a 4xx. */
export interface TokenReply {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed JSON, or `undefined` if it is not JSON. */
  readonly body: unknown;
}

export interface AuthContext {
  /** Ends with the attempt that needs the credential. */
  readonly signal: AbortSignal;
  /**
   * Requests a token: limited in size, without redirects, retried after transient faults. It has its own time limit, so that the abort of
   * one call does not fail the other calls that wait for the token.
   * @throws TransportError of step `token`
   */
  readonly requestToken: (request: TokenRequest) => Promise<TokenReply>;
  readonly clock: Clock;
}

/** A reply that refused the request: 401, 403, or from some servers 400. */
export interface AuthRefusal {
  readonly status: number;
  readonly headers: Headers;
  readonly clock: Clock;
}

/** Authorizes requests. May be asynchronous, e.g. to sign or to request a token. */
export interface AuthStrategy {
  readonly authorize: (request: SignableRequest, context: AuthContext) => Authorization | Promise<Authorization>;
  /** The secrets to redact. Called at each use. */
  readonly secrets: () => readonly string[];
  /**
   * Renews a stale credential after a refusal. Returns true if the request should be sent once more; the refusal means that the server
   * started no work.
   */
  readonly renew?: (refusal: AuthRefusal) => boolean;
  /** Explains a refusal, e.g. that the local clock is wrong. A clause without a full stop; appended to the message. */
  readonly hint?: (refusal: AuthRefusal) => string | undefined;
}
