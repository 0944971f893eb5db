/** Tells whether the global `fetch` sends requests straight to their host, or the host app has put a proxy, a mock or other code in between. */

/** Matches the source text of Node's own fetch (tried with 22, 24 and 26), and not of a replacement by a tool. */
const NODE_FETCH = /internal\/deps\/undici/;
/** undici keeps the dispatcher of every copy of itself under such a symbol: `.1` up to Node 22, `.1` and `.2` since Node 24. */
const DISPATCHER = /^undici\.globalDispatcher\./;
/** undici 8 wraps its dispatcher in this class for older copies. The wrapped one is stored under its own symbol, so only that one is examined. */
const WRAPPER = 'Dispatcher1Wrapper';

/** Whether the global fetch is Node's own and connects directly: no replacement, no proxy, no mock, no connector of the host app. */
export function isDirectNodeFetch(): boolean {
  return isNodeFetch(globalThis.fetch) && dispatchers().every(isPlain);
}

/** Every reply asks, so what cannot change is looked at once: the source text of a function, and how an agent was created. */
const nodeFetches = new WeakMap<object, boolean>();
const plainAgents = new WeakMap<object, boolean>();

function isNodeFetch(fetch: unknown): boolean {
  if (typeof fetch !== 'function') return false;
  const known = nodeFetches.get(fetch) ?? NODE_FETCH.test(String(fetch));
  nodeFetches.set(fetch, known);
  return known;
}

/** Whether links may be dialled at their checked address. Bun and Deno do not show how their fetch connects, so there it is always so. */
export function mayPinAddresses(): boolean {
  return isDirectNodeFetch() || 'bun' in process.versions || 'deno' in process.versions;
}

/** Empty until the first fetch, or until a dispatcher is set. */
function dispatchers(): readonly object[] {
  return Object.getOwnPropertySymbols(globalThis).flatMap((symbol) =>
    DISPATCHER.test(symbol.description ?? '')
      ? [Object(Object.getOwnPropertyDescriptor(globalThis, symbol)?.value) as object]
      : [],
  );
}

/**
 * Whether a dispatcher is an `Agent` as Node creates it: not a subclass, not composed with interceptors, and with no option but numbers
 * and booleans, so without a connector, certificates or a socket path of the host app.
 */
function isPlain(dispatcher: object): boolean {
  const { constructor: type } = dispatcher;
  if (type.name === WRAPPER) return dispatchers().some((other) => other.constructor.name !== WRAPPER);
  const isCreatedPlain = plainAgents.get(dispatcher) ?? isPlainAgent(dispatcher);
  plainAgents.set(dispatcher, isCreatedPlain);
  return isCreatedPlain && 'dispatch' in dispatcher && dispatcher.dispatch === type.prototype.dispatch;
}

/** Whether an object was created as an `Agent` with harmless options. */
function isPlainAgent(dispatcher: object): boolean {
  const { constructor: type } = dispatcher;
  const options = symbolProperty(dispatcher, 'options');
  const factory = symbolProperty(dispatcher, 'factory');
  return (
    type.name === 'Agent' &&
    Object.getPrototypeOf(type).name === 'DispatcherBase' &&
    typeof factory === 'function' &&
    factory.name === 'defaultFactory' &&
    typeof options === 'object' &&
    Object.values(options ?? {}).every((value) => value === undefined || /^(?:number|boolean)$/.test(typeof value))
  );
}

function symbolProperty(object: object, name: string): unknown {
  const symbol = Object.getOwnPropertySymbols(object).find(({ description }) => description === name);
  return symbol && Reflect.get(object, symbol);
}
