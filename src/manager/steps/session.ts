/** Creates sessions. Callers hold the session; its counters belong to the manager. */

import type { Session } from '../interfaces/request.ts';
import { requireShortName, requireText } from '../require-text.ts';
import type { SessionState } from './policy.ts';

const states = new WeakMap<Session, { readonly owner: object; readonly state: SessionState }>();

/** @param owner the settings of the manager that the session belongs to @param name @default a random id */
export function createSession(owner: object, name?: string): Session {
  const state: SessionState = { id: name ?? crypto.randomUUID(), isNamed: name !== undefined, images: 0, pending: 0 };
  const session: Session = {
    id: state.id,
    get images() {
      return state.images;
    },
  };
  states.set(session, { owner, state });
  return session;
}

/** Named sessions that are remembered; the one that was not used for the longest time is dropped first. */
const MAX_SESSIONS = 10_000;

/** Returns a function that returns the same session for the same name, for as many names as a long-running process can hold. */
export function createSessions(owner: object): (name?: string) => Session {
  const named = new Map<string, Session>();
  return (name) => {
    if (name === undefined) return createSession(owner);
    requireText(name, 'session: the name');
    requireShortName(name, 'session: the name');
    const session = named.get(name) ?? createSession(owner, name);
    named.delete(name);
    named.set(name, session);
    const oldest = named.keys().next();
    if (named.size > MAX_SESSIONS && !oldest.done) named.delete(oldest.value);
    return session;
  };
}

/** @returns undefined for any other object, and for a session of another manager */
export function stateOfSession(session: Session, owner: object): SessionState | undefined {
  const known = states.get(session);
  return known?.owner === owner ? known.state : undefined;
}
