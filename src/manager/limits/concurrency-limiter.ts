/** Limits concurrent calls and calls per minute, per provider. Time spent waiting counts towards the call's deadline. */
import { AiImageError } from '../../providers/protocol/index.ts';
import type { ProviderLimits } from '../interfaces/limits.ts';

export interface ConcurrencyLimiter {
  /**
   * Waits for a free slot.
   * @returns a function that frees the slot
   * @throws AiImageError `aborted` or `timeout`; nothing was sent
   */
  acquire(
    provider: string,
    wait: { readonly signal?: AbortSignal | undefined; readonly deadlineMs?: number | undefined },
  ): Promise<() => void>;
}

interface Slots {
  running: number;
  /** Earliest start of the next call, in milliseconds. */
  nextStartAt: number;
  readonly waiting: Set<() => void>;
}

/** @param now a monotonic clock, in milliseconds */
export function createConcurrencyLimiter(
  limits: Readonly<Record<string, ProviderLimits>>,
  now: () => number,
): ConcurrencyLimiter {
  const slotsByProvider = new Map<string, Slots>();
  return {
    async acquire(provider, { signal, deadlineMs }) {
      const { maxConcurrent = Number.POSITIVE_INFINITY, callsPerMinute } = limits[provider] ?? {};
      const slots = slotsByProvider.get(provider) ?? {
        running: 0,
        nextStartAt: Number.NEGATIVE_INFINITY,
        waiting: new Set(),
      };
      slotsByProvider.set(provider, slots);
      const deadlineAt = deadlineMs === undefined ? Number.POSITIVE_INFINITY : now() + deadlineMs;
      const tooLate = () => timedOut(provider, deadlineMs, limits[provider]);
      while (slots.running >= maxConcurrent) {
        await waitForSlot(slots, deadlineAt - now(), signal, { tooLate, provider });
      }
      slots.running++;
      const release = () => {
        slots.running--;
        const next = slots.waiting.values().next();
        if (!next.done) next.value();
      };
      if (callsPerMinute === undefined) return release;
      const startsAt = Math.max(slots.nextStartAt, now());
      slots.nextStartAt = startsAt + 60_000 / callsPerMinute;
      try {
        if (startsAt > deadlineAt) {
          throw startsTooLate(provider, callsPerMinute, { waitMs: startsAt - now(), leftMs: deadlineAt - now() });
        }
        if (startsAt > now()) await sleep(startsAt - now(), signal, provider);
        return release;
      } catch (error) {
        release();
        throw error;
      }
    },
  };
}

/** Waits until another call frees its slot. */
function waitForSlot(
  { waiting }: Slots,
  leftMs: number,
  signal: AbortSignal | undefined,
  { tooLate, provider }: { readonly tooLate: () => AiImageError; readonly provider: string },
): Promise<void> {
  return new Promise((resolve, reject) => {
    const finish = (work: () => void) => () => {
      waiting.delete(onFree);
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      work();
    };
    const onFree = finish(resolve);
    const onAbort = finish(() => reject(abortedError(provider)));
    const timer = Number.isFinite(leftMs)
      ? setTimeout(
          finish(() => reject(tooLate())),
          Math.max(leftMs, 0),
        )
      : undefined;
    waiting.add(onFree);
    if (signal?.aborted) onAbort();
    else signal?.addEventListener('abort', onAbort, { once: true });
  });
}

function sleep(ms: number, signal: AbortSignal | undefined, provider: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      clearTimeout(timer);
      reject(abortedError(provider));
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    if (signal?.aborted) onAbort();
    else signal?.addEventListener('abort', onAbort, { once: true });
  });
}

const abortedError = (provider: string) =>
  new AiImageError('aborted', `${provider}: aborted while waiting for a free slot`, { provider, charged: 'no' });

/** @param deadlineMs of the call; without one the wait has no end and never times out */
function timedOut(
  provider: string,
  deadlineMs: number | undefined,
  { maxConcurrent, callsPerMinute }: ProviderLimits = {},
): AiImageError {
  const limits = [
    ...(maxConcurrent === undefined ? [] : [`${maxConcurrent} concurrent calls`]),
    ...(callsPerMinute === undefined ? [] : [`${callsPerMinute} calls per minute`]),
  ];
  const allowed = limits.length === 0 ? '' : ` (limits allow ${limits.join(' and ')})`;
  return new AiImageError(
    'timeout',
    `${provider}: timed out after ${deadlineMs} ms waiting for a free slot${allowed}`,
    {
      provider,
      charged: 'no',
      hint: 'Nothing was sent. Raise deadlineMs or the limits of this provider, or send fewer requests at once.',
    },
  );
}

/** The next start that `callsPerMinute` allows is known at once, so the call need not wait for its deadline. */
function startsTooLate(
  provider: string,
  callsPerMinute: number,
  { waitMs, leftMs }: { readonly waitMs: number; readonly leftMs: number },
): AiImageError {
  const delay = `the limit of ${callsPerMinute} calls per minute delays this call by ${inSeconds(waitMs)}`;
  return new AiImageError('timeout', `${provider}: ${delay}, but its deadline is in ${inSeconds(leftMs)}`, {
    provider,
    charged: 'no',
    hint: 'Nothing was sent. Raise deadlineMs or the calls per minute of this provider, or send fewer requests at once.',
  });
}

/** Tenths below ten seconds, so that a wait and the deadline before it do not look equal. */
function inSeconds(ms: number): string {
  const seconds = Math.max(ms, 0) / 1000;
  return `${seconds < 10 ? Math.round(seconds * 10) / 10 : Math.round(seconds)} s`;
}
