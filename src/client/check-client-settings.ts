/** Checks what a program passes to the client, before anything is sent: types do not reach a program in JavaScript. */

import type { ApiCallOptions, ClientSettings, Fields } from './client-settings.ts';
import type { Route } from './routes.ts';

const SETTINGS: Readonly<Record<keyof ClientSettings, true>> = {
  url: true,
  token: true,
  fetch: true,
  reconnectMs: true,
};
const OPTIONS: Readonly<Record<keyof ApiCallOptions, true>> = { signal: true, idempotencyKey: true };

/** @throws TypeError */
export function checkClientSettings(settings: ClientSettings): void {
  checkNames(settings, SETTINGS, 'createClient: the settings', 'setting');
  const { url, token, fetch, reconnectMs } = settings;
  if (typeof url !== 'string' || !isWebAddress(url)) {
    throw new TypeError('createClient: url must be the address of the server, for example http://127.0.0.1:4242');
  }
  // Characters that no header may have, for example the line break of a file.
  if (token !== undefined && !(typeof token === 'string' && /^[!-~]+$/.test(token))) {
    throw new TypeError('createClient: token must be a text of visible ASCII characters, without spaces');
  }
  if (fetch !== undefined && typeof fetch !== 'function') throw new TypeError('createClient: fetch must be a function');
  if (reconnectMs !== undefined && !(Number.isFinite(reconnectMs) && reconnectMs >= 0)) {
    throw new TypeError('createClient: reconnectMs must be a number of milliseconds, 0 or more');
  }
}

/** Checks the arguments of a method. The server checks the fields themselves. @throws TypeError */
export function checkCall({ path }: Route, input: Fields, options: ApiCallOptions): void {
  if (!isObject(input)) throw new TypeError('the fields of a request must be an object');
  for (const [, name = ''] of path.matchAll(/\{(\w+)\}/g)) {
    if (input[name] === undefined || input[name] === '') throw new TypeError(`the field ${name} is missing`);
  }
  checkNames(options, OPTIONS, 'the options of a request', 'option');
  const { signal, idempotencyKey } = options;
  if (signal !== undefined && typeof signal?.addEventListener !== 'function') {
    throw new TypeError('the option signal must be an AbortSignal');
  }
  if (idempotencyKey !== undefined && !(typeof idempotencyKey === 'string' && /^[ -~]+$/.test(idempotencyKey))) {
    throw new TypeError('the option idempotencyKey must be a text of ASCII characters, without line breaks');
  }
}

function checkNames(value: object, known: Readonly<Record<string, true>>, whole: string, kind: string): void {
  if (!isObject(value)) throw new TypeError(`${whole} must be an object`);
  const unknown = Object.keys(value).find((name) => !Object.hasOwn(known, name));
  if (unknown === undefined) return;
  throw new TypeError(
    `${whole} have an unknown ${kind} ${JSON.stringify(unknown.slice(0, 40))}. Known are ${Object.keys(known).join(', ')}`,
  );
}

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null;

const isWebAddress = (url: string): boolean => URL.canParse(url) && /^https?:$/.test(new URL(url).protocol);
