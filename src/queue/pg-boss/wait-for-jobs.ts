/**
 * Waits until work may have been added. Polls, because LISTEN needs a connection of its own, which pgbouncer in transaction mode cannot
 * give, and 1,000 workers would take 1,000 connections. The poll is the worker's next claim.
 */
import { withJitter } from '../../store/jitter.ts';
import type { QueueLedger } from '../../store/ledger-access.ts';

/** Between two claims that found nothing: shorter after work was found. */
const MIN_POLL_MS = 500;
const MAX_POLL_MS = 2_000;

/** Engines of one process on one store tell each other about work at once. */
const wakesByAccess = new WeakMap<QueueLedger, Set<() => void>>();

export interface WorkWait {
  /** Ends the waits of this process. */
  readonly wake: () => void;
  /** Call it before a claim: work that is added from now on may not be in it. */
  readonly beginClaim: () => void;
  /** Call it after a claim. */
  readonly endClaim: (claimed: number) => void;
  readonly wait: (maxMs: number, signal: AbortSignal) => Promise<void>;
  readonly close: () => void;
}

export function createWorkWait(access: QueueLedger): WorkWait {
  const listeners = wakesByAccess.get(access) ?? new Set();
  wakesByAccess.set(access, listeners);
  const own = new Set<() => void>();
  let pollMs = MIN_POLL_MS;
  let isClosed = false;
  /** Work was added since the last claim began. */
  let isAdded = false;
  const onWake = () => {
    isAdded = true;
    pollMs = MIN_POLL_MS;
    for (const end of [...own]) end();
  };
  listeners.add(onWake);

  return {
    wake() {
      for (const listener of [...listeners]) listener();
    },
    beginClaim() {
      isAdded = false;
    },
    endClaim(claimed) {
      pollMs = claimed > 0 ? MIN_POLL_MS : Math.min(pollMs * 2, MAX_POLL_MS);
    },
    async wait(maxMs, signal) {
      if (isClosed || isAdded || signal.aborted) return;
      await new Promise<void>((resolve) => {
        const end = () => {
          clearTimeout(timer);
          own.delete(end);
          signal.removeEventListener('abort', end);
          resolve();
        };
        const timer = setTimeout(end, Math.min(maxMs, withJitter(pollMs)));
        own.add(end);
        signal.addEventListener('abort', end);
      });
    },
    close() {
      isClosed = true;
      listeners.delete(onWake);
      for (const end of [...own]) end();
    },
  };
}
