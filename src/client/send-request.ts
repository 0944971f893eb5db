/** Sends one request of the client and reads errors. */

import { randomId } from '../providers/protocol/shared/random-id.ts';
import { type AnswerContext, ApiError, toApiError } from './api-error.ts';
import { checkCall, checkClientSettings } from './check-client-settings.ts';
import type { ApiCallOptions, ClientSettings, Fields } from './client-settings.ts';
import { parseJson } from './parse-json.ts';
import type { Route } from './routes.ts';

export interface Connection {
  /** Without a slash at its end. */
  readonly base: string;
  readonly token: string | undefined;
  readonly send: (url: string, init: RequestInit) => Promise<Response>;
  readonly reconnectMs: number;
}

/** @throws TypeError a setting is wrong */
export function connectionOf(settings: ClientSettings): Connection {
  checkClientSettings(settings);
  const { url, token, fetch, reconnectMs = 1000 } = settings;
  const address = new URL(url);
  const tokenOfAddress = new URLSearchParams(address.hash.slice(1)).get('token') ?? undefined;
  const base = `${address.origin}${address.pathname.replace(/\/$/, '')}`;
  const send = fetch ?? ((target: string, init: RequestInit) => globalThis.fetch(target, init));
  return { base, token: token ?? tokenOfAddress, send, reconnectMs };
}

/** An answer, and what an error about it has to say. */
export interface Answered {
  readonly response: Response;
  readonly context: AnswerContext;
}

/**
 * Sends a request.
 * @throws ApiError the server answered with an error, or could not be reached
 * @throws TypeError before anything is sent: an argument is wrong
 */
export async function sendRequest(
  { base, token, send }: Connection,
  route: Route,
  input: Fields,
  options: ApiCallOptions,
): Promise<Answered> {
  checkCall(route, input, options);
  const { signal, idempotencyKey } = options;
  const { path, query, body } = splitFields(route, input);
  const costsMoney = route.costsMoney ?? false;
  const context: AnswerContext = {
    costsMoney,
    idempotencyKey: costsMoney ? (idempotencyKey ?? randomId()) : undefined,
  };
  const init: RequestInit = {
    method: route.method,
    headers: {
      accept: route.answer === 'events' ? 'text/event-stream' : 'application/json',
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(context.idempotencyKey !== undefined && { 'idempotency-key': context.idempotencyKey }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    ...(signal && { signal }),
    redirect: 'error',
  };
  let response: Response;
  try {
    response = await send(`${base}${path}${query}`, init);
  } catch (error) {
    if (signal?.aborted) throw error;
    throw networkError(error, context);
  }
  if (response.ok) return { response, context };
  const text = await response.text().catch(() => '');
  throw toApiError(response, parseJson(text), context);
}

/**
 * Reads the whole JSON body.
 * @throws ApiError it ended too early, is not JSON, or is an error: with `keepAliveJson`, a server sends the status before it knows the end
 */
export async function readJson({ response, context }: Answered, signal?: AbortSignal): Promise<unknown> {
  const text = await response.text().catch((error: unknown) => {
    throw signal?.aborted ? error : networkError(error, context);
  });
  const value = parseJson(text);
  const isError = context.costsMoney && typeof value === 'object' && value !== null && 'error' in value;
  if (value !== undefined && !isError) return value;
  throw toApiError(response, value, context);
}

function networkError(cause: unknown, { costsMoney, idempotencyKey }: AnswerContext): ApiError {
  return new ApiError('network_failed', 'The server could not be reached, or closed the connection.', {
    ...{ status: 0, cause, idempotencyKey, mayRetry: !costsMoney },
    charged: costsMoney ? 'unknown' : 'no',
    hint: costsMoney
      ? 'Send the same request again with the `idempotencyKey` of this error: it never pays twice.'
      : 'Check the address, and whether the server is running.',
  });
}

/** Puts each field where the route takes it. */
export function splitFields(
  { method, path, query = [] }: Route,
  input: Fields,
): { readonly path: string; readonly query: string; readonly body: Fields | undefined } {
  const given = Object.entries(input).filter(([, value]) => value !== undefined);
  const inPath = (name: string) => path.includes(`{${name}}`);
  const hasBody = method === 'POST' || method === 'PUT';
  const inQuery = (name: string) => !inPath(name) && (!hasBody || query.includes(name));
  const search = new URLSearchParams(given.flatMap(([name, value]) => (inQuery(name) ? [[name, String(value)]] : [])));
  return {
    path: path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(input[name]))),
    query: String(search) === '' ? '' : `?${search}`,
    body: hasBody ? Object.fromEntries(given.filter(([name]) => !inPath(name) && !inQuery(name))) : undefined,
  };
}
