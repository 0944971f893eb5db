/** Waits for a call that is begun or found, and answers with its images, its failure, or its job id. */
import { toCallFailure } from '../results/to-failure.ts';
import { toGenerated } from '../results/to-generated.ts';
import type { GeneratedData, RunningData, ToolResult } from '../tool-result.ts';
import type { ToolRun } from '../tool-set.ts';
import type { BegunCall } from './begun-call.ts';
import { HEARTBEAT_MS, tellQuietly, type WaitedCall, waitForCall } from './wait-for-call.ts';

/** Time between two look-ups of a call that another process makes. */
const LOOK_AGAIN_MS = 2_000;

/**
 * Never throws: the call has been started, so that an answer must not say that nothing was sent.
 * @param waitSeconds the argument `wait_seconds` @default the setting `answerWithinMs`
 */
export const answerCall = (
  begun: BegunCall,
  waitSeconds: number | undefined,
  run: ToolRun,
): Promise<ToolResult<GeneratedData | RunningData>> =>
  waitAndAnswer(begun, waitSeconds, run).catch((error: unknown) => toCallFailure(error, begun.jobId));

async function waitAndAnswer(
  begun: BegunCall,
  waitSeconds: number | undefined,
  run: ToolRun,
): Promise<ToolResult<GeneratedData | RunningData>> {
  const { set, context } = run;
  const { jobId, origin, candidates = [] } = begun;
  const [first] = candidates;
  const waitMs = waitSeconds === undefined ? set.settings.answerWithinMs : waitSeconds * 1_000;
  const { signal, onProgress } = context;
  const endsAt = set.clock.now() + waitMs;
  let { call } = begun;
  if ('state' in call && call.state === 'running') call = await waitElsewhere(jobId, endsAt, run);
  const waited: WaitedCall | typeof call =
    'state' in call
      ? call
      : await waitForCall(call, {
          waitMs: Math.max(endsAt - set.clock.now(), 0),
          ...{ signal, onProgress, mayCancel: origin === 'new', clock: set.clock },
          model: first && `${first.provider}/${first.estimate.model}`,
        });
  switch (waited.state) {
    case 'done': {
      const notes = 'notes' in waited ? waited.notes : waited.generation.notes;
      return toGenerated(
        { jobId, generation: waited.generation, notes, candidates, isRepeat: origin === 'repeat' },
        set.settings,
      );
    }
    case 'failed':
      return toCallFailure(waited.error, jobId);
    default:
      return runningAnswer(jobId);
  }
}

const runningAnswer = (jobId: string): ToolResult<RunningData> => ({
  success: true,
  data: {
    status: 'running',
    job_id: jobId,
    message:
      'The images are not ready yet. Call get_image with this job_id. Do not start another call for them: it would cost again.',
  },
});

/** Waits while another process makes the call. @returns still `running` when the time is over, or the caller waits no longer */
async function waitElsewhere(jobId: string, endsAt: number, run: ToolRun): Promise<BegunCall['call']> {
  const { set, context } = run;
  const { runner, clock } = set;
  const startedAt = clock.now();
  let toldAt = startedAt;
  for (;;) {
    const leftMs = endsAt - clock.now();
    if (leftMs <= 0 || context.signal?.aborted) return { state: 'running' };
    await pause(Math.min(LOOK_AGAIN_MS, leftMs), run);
    // The call was found before. A fault of the database does not mean that it is gone.
    const call = await runner.find(jobId).catch(() => undefined);
    if (call !== undefined && !('state' in call && call.state === 'running')) return call;
    if (clock.now() - toldAt < HEARTBEAT_MS) continue;
    toldAt = clock.now();
    tellQuietly(context.onProgress, `generating in another process, ${Math.round((toldAt - startedAt) / 1_000)} s`);
  }
}

/** Ends early when the caller waits no longer. */
async function pause(ms: number, { set: { clock }, context: { signal } }: ToolRun): Promise<void> {
  const over = Promise.withResolvers<void>();
  const stop = clock.after(ms, over.resolve);
  const leave = () => over.resolve();
  signal?.addEventListener('abort', leave, { once: true });
  await over.promise;
  signal?.removeEventListener('abort', leave);
  stop();
}
