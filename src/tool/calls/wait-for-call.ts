/** Waits for a call, and tells how far it is. */
import type { ManagedGeneration, ManagerEvent } from '../../manager/interfaces/generation.ts';
import type { ToolProgress } from '../image-tools.ts';
import type { StartedToolCall } from './call-runner.ts';
import type { ToolClock } from './clock.ts';

export type WaitedCall =
  | { readonly state: 'done'; readonly generation: ManagedGeneration }
  | { readonly state: 'failed'; readonly error: unknown }
  /** The time is over, or the caller waits no longer. */
  | { readonly state: 'waiting' };

export interface CallWait {
  readonly waitMs: number;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: ((progress: ToolProgress) => void) | undefined;
  /** Whether an abort cancels a call that was not sent yet. `false` for a caller that joined the call of another one. */
  readonly mayCancel: boolean;
  /** `provider/model`, where it is known. */
  readonly model: string | undefined;
  readonly clock: ToolClock;
}

export const HEARTBEAT_MS = 10_000;
const MAX_MESSAGE_LENGTH = 200;
/** A call that is cancelled before it is sent ends within this time. */
const CANCEL_MS = 250;

export async function waitForCall(
  { result, onEvent, cancelUnsent }: StartedToolCall,
  { waitMs, signal, onProgress, mayCancel, model, clock }: CallWait,
): Promise<WaitedCall> {
  const ended = result.then(
    (generation): WaitedCall => ({ state: 'done', generation }),
    (error: unknown): WaitedCall => ({ state: 'failed', error }),
  );
  const over = Promise.withResolvers<WaitedCall>();
  const stopWaiting = () => over.resolve({ state: 'waiting' });
  const stops: (() => void)[] = [];
  const leave = () => {
    if (mayCancel) cancelUnsent();
    stops.push(clock.after(CANCEL_MS, stopWaiting));
  };
  const stopTelling = onProgress === undefined ? () => undefined : tellProgress(onEvent, { onProgress, model, clock });
  stops.push(clock.after(waitMs, stopWaiting), stopTelling);
  signal?.addEventListener('abort', leave, { once: true });
  if (signal?.aborted) leave();
  try {
    return await Promise.race([ended, over.promise]);
  } finally {
    signal?.removeEventListener('abort', leave);
    for (const stop of stops) stop();
  }
}

/** @param fraction from 0 to 1 */
export function tellQuietly(onProgress: CallWait['onProgress'], message: string, fraction?: number): void {
  try {
    onProgress?.({
      ...(fraction !== undefined && { progress: fraction }),
      message: message.slice(0, MAX_MESSAGE_LENGTH),
    });
  } catch {
    // The caller wrote the function. If it throws, a call that was paid for must not fail.
  }
}

const STATES: Readonly<Partial<Record<ManagerEvent['type'], string>>> = {
  planned: 'starting',
  queued: 'waiting at the provider',
  submitted: 'generating',
  progress: 'generating',
  partial: 'generating',
  image: 'storing',
};

/** @returns a function that ends it */
function tellProgress(
  onEvent: StartedToolCall['onEvent'],
  {
    onProgress,
    model,
    clock,
  }: Pick<CallWait, 'model' | 'clock'> & {
    readonly onProgress: NonNullable<CallWait['onProgress']>;
  },
): () => void {
  const startedAt = clock.now();
  const subject = model === undefined ? '' : `${model}: `;
  let what = 'generating';
  let fraction: number | undefined;
  const tell = () => {
    const seconds = Math.round((clock.now() - startedAt) / 1_000);
    tellQuietly(onProgress, `${subject}${what}, ${seconds} s`, fraction);
  };
  const stopListening = onEvent((event) => {
    if (event.type === 'progress') fraction = event.fraction ?? fraction;
    const state = STATES[event.type];
    if (state === undefined || (state === what && event.type !== 'progress')) return;
    what = state;
    tell();
  });
  let stopClock: () => void;
  const beat = () => {
    stopClock = clock.after(HEARTBEAT_MS, () => {
      beat();
      tell();
    });
  };
  beat();
  return () => {
    stopListening();
    stopClock();
  };
}
