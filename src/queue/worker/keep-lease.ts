/** Extends the lease of one claim while its work runs, and tells the work when it has to end early. */
import { ClosingError } from '../../providers/protocol/shared/lifecycle.ts';
import type { Claim, QueueEngine } from '../queue-engine.ts';

/**
 * - `lost`: another worker has the work, or may have it. What this one writes is refused.
 * - `cancel`: the work was cancelled.
 * - `stop`: the worker stops.
 */
export type Interruption = 'lost' | 'cancel' | 'stop';

export interface WorkLease {
  /** Aborts the call. */
  readonly signal: AbortSignal;
  /** Why the work has to end early, as far as is known. */
  readonly interruption: () => Interruption | undefined;
  /** Tells the work to end. The first reason counts. */
  readonly interrupt: (why: Interruption) => void;
  /** The vendor has a job: a call whose lease is lost can be left to the next worker without losing its images. */
  readonly noteJob: () => void;
  /** Extends the lease now: work that another worker had may have been cancelled in the meantime. */
  readonly check: () => Promise<void>;
  /** Stops extending. */
  readonly end: () => void;
}

interface LeaseSettings {
  readonly engine: Pick<QueueEngine, 'extend'>;
  readonly leaseMs: number;
  /** Called when the lease could not be extended. It is tried again. */
  readonly onTrouble: (error: unknown) => void;
}

export function keepLease(claim: Claim, { engine, leaseMs, onTrouble }: LeaseSettings): WorkLease {
  const abort = new AbortController();
  let why: Interruption | undefined;
  let hasJob = false;
  let isExtending = false;

  function abortNow(): void {
    abort.abort(
      why === 'cancel'
        ? new Error('the work was cancelled')
        : new ClosingError(why === 'stop' ? 'the worker stops' : 'another worker has the work'),
    );
  }

  function interrupt(reason: Interruption): void {
    if (why !== undefined && !(why === 'lost' && reason === 'stop')) return;
    why ??= reason;
    // A request without a job is waited for: an abort would lose its images. The other worker waits for its record.
    if (reason !== 'lost' || hasJob) abortNow();
  }

  async function extend(): Promise<void> {
    if (isExtending) return;
    isExtending = true;
    try {
      const held = await engine.extend(claim, leaseMs);
      if (held !== 'held') interrupt(held);
    } catch (error) {
      onTrouble(error);
    } finally {
      isExtending = false;
    }
  }

  const timer = setInterval(() => void extend(), Math.max(Math.floor(leaseMs / 3), 1));
  return {
    signal: abort.signal,
    interruption: () => why,
    interrupt,
    noteJob() {
      hasJob = true;
      if (why === 'lost') abortNow();
    },
    check: extend,
    end: () => clearInterval(timer),
  };
}
