/** How a request shows who sends it. Secrets live in closures; only the redactor is told them. */
import type { Clock } from '../flow/wait.ts';

export interface Authorization {
  readonly headers?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
}

/** What a strategy may sign. */
export interface SignableRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** Present when the body is known as bytes. */
  readonly body?: Uint8Array;
}

/** A request to a server that gives tokens. */
export interface TokenRequest {
  readonly method: 'GET' | 'POST';
  /** Absolute, and the caller's own word: no server named it. */
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as a form. */
  readonly form?: Readonly<Record<string, string>>;
}

/** Its answer, also one that says no. */
export interface TokenReply {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed JSON, or `undefined` when it is none. */
  readonly body: unknown;
}

export interface AuthContext {
  /** Ends with the attempt that is to be authorized. */
  readonly signal: AbortSignal;
  /**
   * Asks a server for a token: bounded, without redirects, repeated through what passes, under a time limit of its own, so that one caller
   * who gives up does not take the token from others who wait for it.
   * @throws TransportError of step `token`
   */
  readonly ask: (request: TokenRequest) => Promise<TokenReply>;
  readonly clock: Clock;
}

/** An answer that refused a request: 401 or 403, or 400 from servers that say it so. */
export interface AuthRefusal {
  readonly status: number;
  readonly headers: Headers;
  readonly clock: Clock;
}

/** The seam for signatures and tokens: they may take time and ask a token server. */
export interface AuthStrategy {
  readonly authorize: (request: SignableRequest, context: AuthContext) => Authorization | Promise<Authorization>;
  /** What must never be seen. Asked at each use. */
  readonly secrets: () => readonly string[];
  /**
   * Whether the refusal was for something stale that has now been made anew: then the request is sent once more. Such an answer says that no
   * work was begun.
   */
  readonly renew?: (refusal: AuthRefusal) => boolean;
  /** What a person should know about a refusal, e.g. that the clock is wrong. A clause without a full stop. */
  readonly remark?: (refusal: AuthRefusal) => string | undefined;
}
