/** Sessions are things in the caller's hand; what is counted in them is the manager's own. */

import type { Session } from '../types.ts';
import type { SessionState } from './policy.ts';

const states = new WeakMap<Session, { readonly owner: object; readonly state: SessionState }>();

/** @param owner the settings of the manager that it belongs to @param name @default random bits */
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

/** Gives the same session for the same name. */
export function createSessions(owner: object): (name?: string) => Session {
  const named = new Map<string, Session>();
  return (name) => {
    if (name === undefined) return createSession(owner);
    const session = named.get(name) ?? createSession(owner, name);
    named.set(name, session);
    return session;
  };
}

/** @returns undefined for what is none, or another manager's */
export function stateOfSession(session: Session, owner: object): SessionState | undefined {
  const known = states.get(session);
  return known?.owner === owner ? known.state : undefined;
}
