import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { combineErrors } from '../../../../src/providers/kit/combine-errors.ts';
import { toAiImageError } from '../../../../src/providers/kit/response/translate-error.ts';
import {
  AiImageError,
  type ERROR_RULES,
  isAiImageError,
  type JobHandle,
} from '../../../../src/providers/protocol/index.ts';
import { FAULTS, TransportError } from '../../../../src/transport/index.ts';
import { sampleAbout } from '../support/vendor.ts';

const context = { about: sampleAbout, model: 'sample-1' };
const job: JobHandle = {
  version: 1,
  provider: 'sample',
  model: 'sample-1',
  id: 'job-1',
  submittedAt: '2026-11-21T00:00:00.000Z',
  request: { prompt: 'a fox', n: 1 },
};
const ticket = { id: 'job-1', submittedAt: 0 };

/** What each fault means: at the submit before work can have begun, at the submit when it may have, at a poll, at a download. */
const TABLE = {
  network: ['unavailable no', 'outcome_unknown unknown', 'timeout unknown', 'timeout yes'],
  timeout: ['timeout no', 'outcome_unknown unknown', 'timeout unknown', 'timeout yes'],
  authentication: ['authentication no', 'outcome_unknown unknown', 'authentication unknown', 'authentication yes'],
  rate_limit: ['rate_limited no', 'outcome_unknown unknown', 'timeout unknown', 'timeout yes'],
  refused: ['invalid_request no', 'outcome_unknown unknown', 'bad_response unknown', 'bad_response yes'],
  server: ['unavailable no', 'outcome_unknown unknown', 'timeout unknown', 'timeout yes'],
  redirect: ['bad_response no', 'bad_response unknown', 'bad_response unknown', 'bad_response yes'],
  unreadable: ['bad_response no', 'bad_response unknown', 'bad_response unknown', 'bad_response yes'],
  too_large: ['too_large no', 'too_large unknown', 'too_large unknown', 'too_large yes'],
  unsafe_url: ['unsafe_url no', 'unsafe_url unknown', 'unsafe_url unknown', 'unsafe_url yes'],
  job_failed: ['no_image unknown', 'no_image unknown', 'no_image unknown', 'no_image unknown'],
  aborted: ['aborted no', 'aborted unknown', 'aborted unknown', 'aborted yes'],
  internal: ['internal no', 'internal unknown', 'internal unknown', 'internal yes'],
} as const satisfies Record<(typeof FAULTS)[number], readonly [string, string, string, string]>;

const CASES = [
  { step: 'submit', outcome: 'failed' },
  { step: 'submit', outcome: 'unknown' },
  { step: 'poll', outcome: 'failed', ticket },
  { step: 'download', outcome: 'failed' },
] as const;

describe('a transport error becomes an AiImageError', () => {
  it.each(FAULTS)('%s: has the right code and charge at each step', (fault) => {
    const found = CASES.map((details) => {
      const { code, charged } = toAiImageError(new TransportError('went wrong', { fault, ...details }), context);
      return `${code} ${charged}`;
    });
    expect(found).toEqual(TABLE[fault]);
  });

  it.each(['SELF_SIGNED_CERT_IN_CHAIN', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'invalid peer certificate: UnknownIssuer'])(
    'H24: the error names NODE_EXTRA_CA_CERTS if the authority of a certificate is unknown (%s)',
    (reason) => {
      const [atSubmit, afterDoubt, , atDownload] = CASES.map((details) => {
        const error = new TransportError(`POST https://vendor.invalid/: ${reason}`, { fault: 'network', ...details });
        return toAiImageError(error, { ...context, job: details.step === 'download' ? job : undefined }).hint;
      });
      expect(atSubmit).toContain('NODE_EXTRA_CA_CERTS');
      expect(afterDoubt).toContain('usage page');
      expect(atDownload).toMatch(/NODE_EXTRA_CA_CERTS.* resume\(error\.job\)/);
    },
  );

  it('H24: the error does not name NODE_EXTRA_CA_CERTS for a certificate that expired', () => {
    const details = { fault: 'network', step: 'submit' } as const;
    const error = new TransportError('POST https://vendor.invalid/: CERT_HAS_EXPIRED', details);
    expect(toAiImageError(error, context).hint).not.toContain('NODE_EXTRA_CA_CERTS');
  });

  it('U01: the error never says "not charged" or "retryable" if work may have started', () => {
    for (const fault of FAULTS) {
      for (const step of ['submit', 'poll', 'download'] as const) {
        const error = toAiImageError(new TransportError('', { fault, step, outcome: 'unknown' }), context);
        expect(error.charged, `${fault} ${step}`).not.toBe('no');
        expect(error.mayRetry || error.mayFailOver, `${fault} ${step}`).toBe(false);
      }
    }
  });

  it.each([
    [400, 'invalid_request'],
    [402, 'quota_exhausted'],
    [403, 'permission'],
    [404, 'invalid_request'],
    [413, 'too_large'],
    [422, 'invalid_request'],
  ])('HTTP %i is %s, and nothing was charged', (status, code) => {
    const error = toAiImageError(new TransportError('no', { fault: 'refused', step: 'submit', status }), context);
    expect(error).toMatchObject({ code, charged: 'no', status });
  });

  it('prefers the adapter’s code over the status', () => {
    const error = new TransportError('blocked', {
      fault: 'refused',
      step: 'submit',
      status: 400,
      tag: 'content_refused',
    });
    expect(toAiImageError(error, context)).toMatchObject({ code: 'content_refused', charged: 'unknown' });
    const foreign = new TransportError('x', { fault: 'refused', step: 'submit', status: 400, tag: 'toString' });
    expect(toAiImageError(foreign, context).code).toBe('invalid_request');
  });

  it('names the provider, the place and the fix', () => {
    const error = new TransportError('Incorrect API key provided (HTTP 401)', {
      fault: 'authentication',
      step: 'submit',
      status: 401,
      requestId: 'req-1',
      retryAfterMs: 5,
    });
    expect(toAiImageError(error, context)).toMatchObject({
      message: 'sample: Incorrect API key provided (HTTP 401)',
      provider: 'sample',
      model: 'sample-1',
      status: 401,
      requestId: 'req-1',
      retryAfterMs: 5,
      hint: 'Check the key given as `apiKey` or in SAMPLE_API_KEY.',
      cause: error,
    });
    expect(toAiImageError(error, { ...context, hint: 'Of the adapter.' }).hint).toBe('Of the adapter.');
  });

  it('J07: holds the job and says how to fetch its images', () => {
    const error = new TransportError('no answer within 5 ms', { fault: 'timeout', step: 'poll', ticket });
    expect(toAiImageError(error, { ...context, job })).toMatchObject({
      code: 'timeout',
      job,
      hint: 'Call resume(error.job) to fetch the images without paying again.',
    });
    const known = new AiImageError('bad_response', 'sample: unreadable', {
      quarantine: [new Uint8Array(1)],
      charged: 'yes',
    });
    expect(toAiImageError(known, { ...context, job })).toMatchObject({
      code: 'bad_response',
      job,
      quarantine: known.quarantine,
      charged: 'yes',
    });
  });
});

describe('any other error', () => {
  it('is an error of the adapter, and may have been charged', () => {
    expect(toAiImageError(new TypeError('x is not a function'), context)).toMatchObject({
      code: 'internal',
      charged: 'unknown',
      message: 'sample: the provider failed: x is not a function',
      cause: { name: 'TypeError' },
    });
    expect(toAiImageError('a text', context).message).toBe('sample: the provider failed: a text');
    expect(toAiImageError(undefined, context).message).toBe('sample: the provider failed: it threw an empty value');
  });

  it('keeps its stack frames for debugging', () => {
    const error = toAiImageError(new TypeError('x'), context);
    expect((error.cause as Error).stack).toMatch(/^TypeError: x\n\s+at .*translate-error\.test\.ts/);
  });

  it('K04: the error shows no key that it holds or quotes', () => {
    const key = 'sk-canary-0123456789abcdef';
    const foreign = Object.assign(new Error(`401 for ${key} at https://cdn.example.com/a.png?sig=SIGNED`), {
      config: { headers: { authorization: `Bearer ${key}` } },
      cause: Object.assign(new Error(key), { request: { key } }),
    });
    const text = inspect(toAiImageError(foreign, context), { showHidden: true, depth: 20 });
    expect(text).not.toContain('canary');
    expect(text).not.toContain('SIGNED');
  });

  it('is recognized if it comes from another installed copy of this package', () => {
    const other = Object.assign(new Error('sample: slow down'), {
      code: 'rate_limited',
      charged: 'no',
      quarantine: [],
      failures: [],
    });
    Object.defineProperty(other, Symbol.for('@org/ai-image/error'), { value: true });
    expect(isAiImageError(other)).toBe(true);
    expect(toAiImageError(other, context).code).toBe('rate_limited');
  });
});

describe('several failures combined into one error', () => {
  const failure = (code: keyof typeof ERROR_RULES, index: number, details = {}) => ({
    index,
    error: new AiImageError(code, code, details),
  });

  it('U01: the error that may have been charged is thrown, so that callers do not repeat everything', () => {
    const failures = [failure('rate_limited', 0), failure('outcome_unknown', 1), failure('unavailable', 2)];
    expect(combineErrors(failures, 'sample')).toMatchObject({
      code: 'outcome_unknown',
      charged: 'unknown',
      mayRetry: false,
      failures,
    });
  });

  it('U02: holds a job and all bytes that were paid for', () => {
    const bytes = new Uint8Array([1]);
    const failures = [
      failure('timeout', 0, { job }),
      failure('bad_response', 1, { charged: 'yes', quarantine: [bytes] }),
    ];
    expect(combineErrors(failures, 'sample')).toMatchObject({
      code: 'bad_response',
      charged: 'yes',
      job,
      quarantine: [bytes],
    });
  });

  it('a single error is thrown unchanged', () => {
    const one = failure('content_refused', 0);
    expect(combineErrors([one], 'sample')).toBe(one.error);
    expect(combineErrors([], 'sample').code).toBe('no_image');
  });
});
