/** The ids of calls that the AI SDK makes. */
import { randomId } from '../../../providers/protocol/index.ts';

export interface TakenCallId {
  readonly id: string;
  /** Call it when the call has ended. */
  readonly release: () => void;
}

/** Returns the id of a call. @param call the object that all parts of one `generateImage` share: its headers */
export type TakeCallId = (given: string | undefined, call: object | undefined) => TakenCallId;

/**
 * With `maxImagesPerCall`, the AI SDK splits one call into several that run at the same time. Parts with one call id would all return the images of the
 * first one, so each further part gets an id of its own: `<id>:2`, …
 */
export function createCallIds(): TakeCallId {
  const running = new WeakMap<object, Set<number>>();
  return (given, call) => {
    if (given === undefined) return { id: randomId(), release: () => undefined };
    if (call === undefined) return { id: given, release: () => undefined };
    const taken = running.get(call) ?? new Set<number>();
    running.set(call, taken);
    let part = 1;
    while (taken.has(part)) part++;
    taken.add(part);
    return { id: part === 1 ? given : `${given}:${part}`, release: () => void taken.delete(part) };
  };
}
