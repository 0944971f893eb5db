/** The ids of calls. A client's request that arrives twice is one call, which is paid once. */
import { hashText } from '../../../tool/request/hash-text.ts';

/** A client's request to call a tool. */
export interface ToolRequest {
  /** The id of the JSON-RPC request. Clients count from 0 or 1 with each connection. */
  readonly id: string | number;
  /** A hash of the tool and its arguments. */
  readonly hash: string;
  /** Who sent it, where the host knows. */
  readonly holder?: string | undefined;
}

/** @returns the call id of a request; the same one if the request is repeated */
export type CallIds = (request: ToolRequest) => string;

/** For one connection, which has a random id, because the next connection counts its requests from the beginning. */
export function createConnectionIds(connection: string = crypto.randomUUID()): CallIds {
  return ({ id }) => `${connection}:${JSON.stringify(id)}`;
}

/** A request over HTTP that arrives again within this time is a repetition. Each repetition begins the time anew. */
export const REPEAT_WINDOW_MS = 10 * 60_000;
const MAX_REQUESTS = 10_000;

/** For HTTP, which has no connections: a request is compared with those of the last minutes. */
export function createWindowIds(now: () => number = Date.now): CallIds {
  /** By request. The one that was used longest ago is first. */
  const known = new Map<string, { readonly call: string; readonly usedAtMs: number }>();

  function forgetOld(): void {
    for (const [key, { usedAtMs }] of known) {
      if (known.size <= MAX_REQUESTS && now() - usedAtMs < REPEAT_WINDOW_MS) return;
      known.delete(key);
    }
  }

  return ({ id, hash, holder = '' }) => {
    forgetOld();
    const key = JSON.stringify([holder, id, hash]);
    const call = known.get(key)?.call ?? `${crypto.randomUUID()}:${JSON.stringify(id)}`;
    known.delete(key);
    known.set(key, { call, usedAtMs: now() });
    forgetOld();
    return call;
  };
}

/** @returns SHA-256 of a tool's name and arguments, in hex */
export const hashOfCall = (tool: string, args: unknown): Promise<string> => hashText(JSON.stringify([tool, args]));
