/** How a request shows who sends it. Secrets live in closures; only the redactor is told them. */

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

/** The seam for signatures and tokens: they may take time and ask a token server. */
export interface AuthStrategy {
  readonly authorize: (request: SignableRequest, signal: AbortSignal) => Authorization | Promise<Authorization>;
  /** What must never be seen. Asked at each use. */
  readonly secrets: () => readonly string[];
}

/** `Authorization: Bearer <token>`; another word than Bearer where a server wants one. */
export function bearerAuth(token: string, scheme = 'Bearer'): AuthStrategy {
  return { authorize: () => ({ headers: { authorization: `${scheme} ${token}` } }), secrets: () => [token] };
}

/** A header of the server's own, e.g. `x-key`. */
export function headerAuth(name: string, value: string): AuthStrategy {
  return { authorize: () => ({ headers: { [name]: value } }), secrets: () => [value] };
}

/** A key in the query. Such keys end in logs: only for servers that offer nothing else. */
export function queryAuth(name: string, value: string): AuthStrategy {
  return { authorize: () => ({ query: { [name]: value } }), secrets: () => [value] };
}

export const noAuth: AuthStrategy = { authorize: () => ({}), secrets: () => [] };
