/** The table of what becomes of work whose call ended without images. */
import { describe, expect, it } from 'vitest';
import type { JobHandle } from '../../../src/index.ts';
import {
  AiImageError,
  type AiImageErrorCode,
  ERROR_CODES,
  ERROR_RULES,
} from '../../../src/providers/protocol/index.ts';
import {
  type AttemptFacts,
  decideNextStep,
  type NextStep,
  type RecordedCall,
  TREATMENTS,
} from '../../../src/queue/worker/decide-next-step.ts';

const call = (state: RecordedCall['state'], more: Partial<RecordedCall> = {}): RecordedCall => ({
  state,
  isHeld: false,
  artifacts: [],
  records: [{ state, provider: 'fal' }],
  ...more,
});

/** As the manager says that a call is in progress elsewhere. */
const inProgress = new AiImageError('unavailable', 'the call is in progress elsewhere', {
  charged: 'unknown',
  retryAfterMs: 5_000,
});

const stepAfter = (facts: Partial<AttemptFacts> & Pick<AttemptFacts, 'error'>): NextStep =>
  decideNextStep({
    claim: { provider: 'fal', attempt: 1, failures: 0 },
    maxFailures: 3,
    call: undefined,
    chance: 0,
    ...facts,
  });

const uncharged = (code: AiImageErrorCode, more: object = {}) =>
  new AiImageError(code, `it failed with ${code}`, { provider: 'fal', charged: 'no', ...more });

/** One word per step, with what a reader of the table wants to know. */
function inWords(step: NextStep): string {
  if (step.kind === 'complete') return `done ${step.artifacts.join(' ')}`;
  if (step.kind === 'fail') return step.state;
  const pause = step.pause ? `, ${step.pause.provider} paused (${step.pause.kind})` : '';
  const rest = step.isOwnTrouble ? ', worker rests' : '';
  return `waits ${step.delayMs / 1000} s${step.countsAsFailure ? ', failure' : ''}${pause}${rest}`;
}

/** After an attempt that certainly charged nothing. */
const UNCHARGED: Readonly<Record<AiImageErrorCode, string>> = {
  invalid_request: 'dead',
  unsupported: 'dead',
  authentication: 'waits 0 s, fal paused (account)',
  permission: 'dead',
  quota_exhausted: 'waits 0 s, fal paused (account)',
  rate_limited: 'waits 0 s, fal paused (load)',
  content_refused: 'dead',
  no_image: 'dead',
  model_retired: 'dead',
  unavailable: 'waits 5 s, failure',
  timeout: 'waits 5 s',
  outcome_unknown: 'dead',
  bad_response: 'dead',
  too_large: 'dead',
  unsafe_url: 'dead',
  budget_exceeded: 'dead',
  policy_denied: 'dead',
  circuit_open: 'waits 0 s, fal paused (load)',
  aborted: 'waits 5 s',
  not_configured: 'waits 5 s, failure',
  internal: 'dead',
  storage_failed: 'waits 5 s, worker rests',
};

describe('an attempt that certainly charged nothing', () => {
  it('has a row for each code of the closed list', () => {
    expect(Object.keys(UNCHARGED).sort()).toEqual([...ERROR_CODES].sort());
    expect(Object.keys(TREATMENTS).sort()).toEqual([...ERROR_CODES].sort());
  });

  it.each(Object.entries(UNCHARGED))('%s: %s', (code, expected) => {
    const error = uncharged(code as AiImageErrorCode);
    expect(inWords(stepAfter({ error }))).toBe(expected);
  });

  it.each(ERROR_CODES.filter((code) => ERROR_RULES[code].mayRetry))(
    'is not dead after its first failure with %s, which may be retried',
    (code) => expect(stepAfter({ error: uncharged(code) }).kind).toBe('release'),
  );

  it('Q07: fails for good after maxFailures attempts, with the reason', () => {
    const steps = [0, 1, 2].map((failures) =>
      stepAfter({ error: uncharged('unavailable'), claim: { attempt: failures + 1, failures } }),
    );
    expect(steps.map(inWords)).toEqual(['waits 5 s, failure', 'waits 10 s, failure', 'dead']);
    expect(steps[2]).toMatchObject({ error: { code: 'unavailable', message: 'it failed with unavailable' } });
  });

  it('waits as long as the vendor asks, at most an hour, and else at most ten minutes', () => {
    const waitFor = (retryAfterMs: number | undefined, attempt = 1) =>
      inWords(stepAfter({ error: uncharged('timeout', { retryAfterMs }), claim: { attempt, failures: 0 } }));
    expect([waitFor(90_000), waitFor(9e9), waitFor(undefined, 50)]).toEqual([
      'waits 90 s',
      'waits 3600 s',
      'waits 600 s',
    ]);
  });

  it('spreads waits by chance, and never shortens one that the vendor asked for', () => {
    const delays = [0, 0.5, 1].map((chance) => stepAfter({ error: uncharged('unavailable'), chance }));
    expect(delays).toMatchObject([{ delayMs: 5_000 }, { delayMs: 5_625 }, { delayMs: 6_250 }]);
  });

  it('waits for a budget that says when it is renewed', () => {
    const error = uncharged('budget_exceeded', { retryAfterMs: 1_800_000 });
    expect(inWords(stepAfter({ error }))).toBe('waits 1800 s');
  });

  it.each(['rate_limited', 'circuit_open', 'quota_exhausted', 'authentication'] as const)(
    'pauses no provider after %s of a provider that the work does not name',
    (code) => {
      const error = uncharged(code);
      const steps = [undefined, 'openai'].map((provider) =>
        stepAfter({ error, claim: { provider, attempt: 1, failures: 0 } as AttemptFacts['claim'] }),
      );
      expect(steps.map(inWords)).toEqual(['waits 5 s', 'waits 5 s']);
    },
  );

  it('pauses the provider that the work names when its record has the error, though the error names the vendor', () => {
    const error = uncharged('rate_limited', { provider: 'stub' });
    const record = (provider: string) => {
      const lastAttempt = { at: '2026-11-29T12:00:00Z', code: 'rate_limited', message: 'slow down' };
      return call('failed', { charged: 'no', records: [{ state: 'failed', provider, lastAttempt }] });
    };
    expect(inWords(stepAfter({ error, call: record('fal') }))).toBe('waits 0 s, fal paused (load)');
    expect(inWords(stepAfter({ error, call: record('a-fallback') }))).toBe('waits 5 s');
  });

  it('is dead when its code belongs to a later version of the library', () => {
    const error = new AiImageError('brand_new' as AiImageErrorCode, 'new', { charged: 'no' });
    expect(inWords(stepAfter({ error }))).toBe('dead');
  });
});

describe('an attempt that may have been charged', () => {
  it.each(ERROR_CODES)('%s: never waits to be sent again', (code) => {
    for (const charged of ['unknown', 'yes'] as const) {
      const error = new AiImageError(code, 'it failed', { provider: 'fal', charged });
      const calls = [
        call('failed', { charged }),
        call('unknown'),
        ...(code === 'unavailable' ? [] : [call('submitting')]),
      ];
      for (const recorded of calls) expect(stepAfter({ error, call: recorded }).kind).toBe('fail');
    }
  });

  it('Q02: is unknown when a request is recorded and its end is not', () => {
    const error = new AiImageError('outcome_unknown', 'the reply was lost');
    const step = stepAfter({ error, call: call('submitting') });
    expect(step).toMatchObject({ kind: 'fail', state: 'unknown', error: { charged: 'unknown' } });
  });

  it('Q02: is unknown when the record says so, whatever the error, and also when it was cancelled', () => {
    const error = uncharged('unavailable');
    for (const abortedBy of [undefined, 'cancel', 'stop'] as const)
      expect(inWords(stepAfter({ error, call: call('unknown'), abortedBy }))).toBe('unknown');
  });

  it('waits when the error has a job that could not be recorded, and is unknown when the job is gone', () => {
    const job = {
      version: 1,
      provider: 'fal',
      model: 'm',
      id: 'j1',
      submittedAt: '2026-11-29',
      request: { prompt: 'a fox', n: 1 },
    };
    const error = new AiImageError('storage_failed', 'it was submitted, but not recorded', {
      charged: 'unknown',
      job: job as JobHandle,
    });
    for (const state of ['submitting', 'unknown'] as const) {
      expect(stepAfter({ error, call: call(state) })).toMatchObject({ kind: 'release', countsAsFailure: false });
      expect(stepAfter({ error, call: call(state), abortedBy: 'stop' })).toMatchObject({ kind: 'release', delayMs: 0 });
      const withoutJob = new AiImageError('outcome_unknown', 'no one knows', { charged: 'unknown' });
      expect(stepAfter({ error: withoutJob, call: call(state) })).toMatchObject({ state: 'unknown' });
    }
  });

  it('is dead with the reason when the vendor ended it', () => {
    const error = new AiImageError('content_refused', 'fal: refused');
    for (const state of ['failed', 'unknown'] as const) {
      const step = stepAfter({ error, call: call(state) });
      expect(step).toMatchObject({ state: 'dead', error: { code: 'content_refused', charged: 'unknown' } });
    }
  });

  it('is dead when its images came and could not be stored: the reason says that they are in quarantine', () => {
    const error = new AiImageError('storage_failed', 'not stored', { charged: 'yes', hint: 'quarantine' });
    const step = stepAfter({ error, call: call('submitting') });
    expect(step).toMatchObject({ state: 'dead', error: { charged: 'yes', hint: 'quarantine' } });
  });

  it('is dead, and not done, when it was paid for and none of its images is stored', () => {
    const error = new AiImageError('storage_failed', 'not stored', { charged: 'yes' });
    expect(inWords(stepAfter({ error, call: call('done', { artifacts: [] }) }))).toBe('dead');
  });
});

describe('a call that is on record', () => {
  const errors = ERROR_CODES.map((code) => new AiImageError(code, 'it failed'));

  it('Q04, Q08: completes the work when it is done, whatever the error', () => {
    const done = call('done', { artifacts: ['a', 'b'] });
    for (const error of errors)
      for (const abortedBy of [undefined, 'cancel', 'stop'] as const)
        expect(inWords(stepAfter({ error, call: done, abortedBy }))).toBe('done a b');
  });

  it('Q03: waits to be resumed while its job is open, whatever the error, and that is no failure', () => {
    for (const error of errors) expect(inWords(stepAfter({ error, call: call('running') }))).toBe('waits 5 s');
    const claim = { attempt: 12, failures: 2 };
    expect(inWords(stepAfter({ error: errors[0]!, call: call('running'), claim }))).toBe('waits 600 s');
  });

  it('is unknown when its job is no longer kept open, and the hint says how to fetch it', () => {
    const expired = call('running', {
      records: (['expired', 'failed'] as const).map((state) => ({ state, provider: 'fal' })),
    });
    const step = stepAfter({ error: new AiImageError('timeout', 'too late'), call: expired });
    expect(step).toMatchObject({ state: 'unknown', error: { hint: expect.stringContaining('manager.resume') } });
  });

  it.each(['submitting', 'running', 'unknown'] as const)(
    'Q05: waits while another process works on it (%s), and that is no failure',
    (state) => {
      const step = stepAfter({ error: uncharged('unavailable'), call: call(state, { isHeld: true }) });
      expect(inWords(step)).toBe('waits 5 s');
    },
  );
});

describe('a call that is in progress elsewhere', () => {
  it('Q05: is waited for, also when another manager of this process makes it', () => {
    const steps = (['submitting', 'running'] as const).map((state) =>
      stepAfter({ error: inProgress, call: call(state) }),
    );
    expect(steps.map(inWords)).toEqual(['waits 5 s', 'waits 5 s']);
  });

  it('Q05: may be tried again when it has failed in the meantime, without a charge', () => {
    const failed = call('failed', { charged: 'no' });
    expect(inWords(stepAfter({ error: inProgress, call: failed }))).toBe('waits 5 s, failure');
  });
});

describe('an aborted call', () => {
  const aborted = new AiImageError('aborted', 'aborted while the call was running');
  const afterAbort = (abortedBy: 'cancel' | 'stop', recorded?: RecordedCall) =>
    inWords(stepAfter({ error: aborted, call: recorded, abortedBy }));

  it('Q09: is handed back at once when the worker stops, if its job is open or nothing was sent', () => {
    expect(afterAbort('stop', call('running'))).toBe('waits 0 s');
    expect(afterAbort('stop', call('failed', { charged: 'no' }))).toBe('waits 0 s');
    expect(afterAbort('stop')).toBe('waits 0 s');
  });

  it('Q09: is unknown when the worker stops after the request was sent, without a job', () => {
    expect(afterAbort('stop', call('submitting'))).toBe('unknown');
  });

  it('Q14: is cancelled when its job was cancelled at the vendor, or nothing was sent', () => {
    expect(afterAbort('cancel', call('running'))).toBe('cancelled');
    expect(afterAbort('cancel', call('failed', { charged: 'unknown' }))).toBe('cancelled');
    expect(afterAbort('cancel')).toBe('cancelled');
  });

  it('Q14: is unknown when it was cancelled after the request was sent, without a job', () => {
    expect(afterAbort('cancel', call('submitting'))).toBe('unknown');
  });
});

it('errors in the queue have no links and at most 500 characters', () => {
  const message = `fal: no image at https://cdn.invalid/a?signature=secret ${'x'.repeat(900)}`;
  const step = stepAfter({ error: uncharged('invalid_request', { hint: 'See https://cdn.invalid/b?key=secret.' }) });
  const long = stepAfter({ error: new AiImageError('invalid_request', message) });
  expect(JSON.stringify([step, long])).not.toContain('secret');
  expect(long).toMatchObject({ error: { message: expect.stringMatching(/^fal: no image at \(link\) x{476}$/) } });
});
