/** Errors as plain data: for logs, for another thread, and back. */
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { MessageChannel, Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AiImageError, isAiImageError, toPortableJSON } from '../../../src/index.ts';
import { ERROR_CODES, withErrorDetails } from '../../../src/providers/protocol/errors.ts';
import type { JobHandle } from '../../../src/providers/protocol/index.ts';

const job: JobHandle = {
  version: 1,
  provider: 'luma',
  model: 'photon-1',
  id: 'g1',
  submittedAt: '2026-11-29T10:00:00.000Z',
  pollUrl: 'https://api.example.com/jobs/g1',
  state: { links: ['https://cdn.example.com/a.png'] },
  request: { prompt: 'a secret fox', n: 2, format: 'png', seed: -5 },
};
const failed = new AiImageError('bad_response', 'luma: the image is damaged', { provider: 'luma', requestId: 'r1' });
const error = new AiImageError('timeout', 'luma: job g1 was not done within 60 s', {
  provider: 'luma',
  model: 'photon-1',
  status: 202,
  requestId: 'r9',
  retryAfterMs: 1500,
  hint: 'Resume it.',
  charged: 'yes',
  endsJob: true,
  job,
  failures: [{ index: 1, error: failed }],
  quarantine: [Uint8Array.of(1)],
  cause: new Error('the cause may hold anything'),
});
const parsed = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe('an error as portable JSON', () => {
  const ways: readonly (readonly [string, () => unknown])[] = [
    ['as it is', () => toPortableJSON(error)],
    ['through JSON', () => parsed(toPortableJSON(error))],
    ['through structuredClone', () => structuredClone(toPortableJSON(error))],
  ];
  it.each(ways)('is restored completely %s', (_, send) => {
    const restored = AiImageError.fromJSON(send());

    expect(restored).toBeInstanceOf(AiImageError);
    expect(isAiImageError(restored)).toBe(true);
    expect(toPortableJSON(restored)).toEqual(toPortableJSON(error));
    expect(restored).toMatchObject({ code: 'timeout', message: error.message, hint: 'Resume it.', charged: 'yes' });
    expect([restored.mayRetry, restored.endsJob]).toEqual([false, true]);
    expect(restored.job).toEqual(job);
    expect(restored.failures).toMatchObject([{ index: 1, error: { code: 'bad_response', requestId: 'r1' } }]);
    expect(restored.cause).toBeUndefined();
  });

  it('crosses a message port and a worker thread', async () => {
    const { port1, port2 } = new MessageChannel();
    port1.postMessage(toPortableJSON(error));
    const [received] = await once(port2, 'message');
    port1.close();
    expect(AiImageError.fromJSON(received)).toMatchObject({ code: 'timeout', job });

    const worker = new Worker('const w = require("node:worker_threads"); w.parentPort.postMessage(w.workerData)', {
      eval: true,
      workerData: toPortableJSON(error),
    });
    const [echoed] = await once(worker, 'message');
    await worker.terminate();
    expect(AiImageError.fromJSON(echoed)).toMatchObject({ code: 'timeout', job });
  });

  it('is restored for every code, with the defaults of the code', () => {
    for (const code of ERROR_CODES) {
      const plain = new AiImageError(code, `it was ${code}`);
      const restored = AiImageError.fromJSON(parsed(toPortableJSON(plain)));
      expect(toPortableJSON(restored)).toEqual(toPortableJSON(plain));
      expect([restored.mayRetry, restored.mayFailOver]).toEqual([plain.mayRetry, plain.mayFailOver]);
    }
  });

  it('is found as an error by another copy of the package', () => {
    const { name, code, message } = toPortableJSON(error);
    expect({ name, code, message }).toEqual({ name: 'AiImageError', code: 'timeout', message: error.message });
  });
});

describe('an error as JSON for logs', () => {
  it('is restored without its job, whose summary cannot be resumed', () => {
    const restored = AiImageError.fromJSON(parsed(error));
    const { job: summary, ...rest } = error.toJSON();
    expect(restored.toJSON()).toEqual(rest);
    expect(summary).toEqual({ provider: 'luma', model: 'photon-1', id: 'g1', submittedAt: job.submittedAt });
    expect(restored.job).toBeUndefined();
  });

  it('no longer says to resume the job that it does not hold, in any words of the library', async () => {
    const names = (await readdir('src', { recursive: true })).filter((name) => name.endsWith('.ts'));
    const texts = await Promise.all(names.map((name) => readFile(`src/${name}`, 'utf8')));
    const hints = texts.flatMap((text) =>
      [...text.matchAll(/'([^'\n]*resume\(error\.job\)[^'\n]*)'/g)].map(([, hint]) => hint),
    );
    expect(hints.length).toBeGreaterThan(2);
    for (const hint of hints.map((each) => `Check the network. ${each}`)) {
      const hinting = withErrorDetails(error, { hint });
      const restored = AiImageError.fromJSON(parsed(hinting));
      expect(restored.hint).toMatch(/^Check the network\. This copy of the error does not hold the job\. .*\.$/);
      expect(restored.hint).not.toContain('error.job');
      expect(AiImageError.fromJSON(parsed(toPortableJSON(hinting))).hint).toBe(hint);
    }
  });

  it('shows neither the prompt nor a link, before and after it is restored', () => {
    for (const each of [error, AiImageError.fromJSON(toPortableJSON(error))]) {
      expect(JSON.stringify(each)).not.toMatch(/secret fox|cdn\.example/);
    }
  });
});

describe('a structured clone of the error itself', () => {
  it('keeps only message, stack and cause, which is why docs/errors.md names toPortableJSON', () => {
    const clone = structuredClone(error) as Error & { code?: string };
    expect(clone).toBeInstanceOf(Error);
    expect([clone.name, clone.message, clone.code]).toEqual(['Error', error.message, undefined]);
    expect(isAiImageError(clone)).toBe(false);
    expect(JSON.stringify([clone.stack, Object.entries(clone)])).not.toContain('secret fox');
  });
});

/** An error with a failure, which has a failure, and so on. */
const nested = (depth: number): object => ({
  ...{ code: 'timeout', message: `level ${depth}` },
  ...(depth > 0 && { failures: [{ index: 0, error: nested(depth - 1) }] }),
});

describe('fromJSON', () => {
  const fine = { code: 'timeout', message: 'late' };
  const long = 'x'.repeat(10_000_000);
  const wrong: readonly (readonly [path: string, json: unknown])[] = [
    ...[undefined, null, 5, 'text', true].map((each) => ['the value', each] as const),
    ...[undefined, 5, 'nonsense', '__proto__', 'constructor', ['timeout']].map(
      (code) => ['code', { ...fine, code }] as const,
    ),
    ...[undefined, null, 5, {}, long].map((message) => ['message', { ...fine, message }] as const),
    ['charged', { ...fine, charged: 'maybe' }],
    ['provider', { ...fine, provider: { toString: () => 'x' } }],
    ['model', { ...fine, model: 5 }],
    ['hint', { ...fine, hint: long }],
    ['requestId', { ...fine, requestId: [] }],
    ['status', { ...fine, status: '429' }],
    ['status', { ...fine, status: Number.NaN }],
    ['retryAfterMs', { ...fine, retryAfterMs: '1000' }],
    ['endsJob', { ...fine, endsJob: 'yes' }],
    ['job', { ...fine, job: { ...job, version: 2 } }],
    ['job', { ...fine, job: { ...job, id: 7 } }],
    ['job', { ...fine, job: { ...job, pollUrl: long } }],
    ['job', { ...fine, job: { ...job, request: null } }],
    ['job', { ...fine, job: { ...job, request: { prompt: 'a fox' } } }],
    ['job', { ...fine, job: { ...job, request: { prompt: 'a fox', n: 1, size: {} } } }],
    ['failures', { ...fine, failures: {} }],
    ['failures[0]', { ...fine, failures: [null] }],
    ['failures[0]', { ...fine, failures: [{ index: 'first', error: fine }] }],
    [
      'failures[1].error.code',
      {
        ...fine,
        failures: [
          { index: 0, error: fine },
          { index: 1, error: {} },
        ],
      },
    ],
    ['failures[0].error.failures', { ...fine, failures: [{ index: 0, error: { ...fine, failures: 5 } }] }],
    ['failures', { ...fine, failures: Array.from({ length: 300_000 }, () => ({ index: 0, error: fine })) }],
    [`${'failures[0].error.'.repeat(10)}failures`, nested(11)],
  ];
  it.each(wrong)('refuses a wrong %s and names it', (path, json) => {
    expect(() => AiImageError.fromJSON(json)).toThrow(
      expect.objectContaining({
        code: 'invalid_request',
        charged: 'no',
        message: `AiImageError.fromJSON: ${path} is missing or invalid`,
        hint: 'Pass what toJSON or toPortableJSON returned, parsed.',
      }),
    );
  });

  it('restores failures within failures, up to ten levels', () => {
    let restored: AiImageError | undefined = AiImageError.fromJSON(nested(10));
    expect(toPortableJSON(restored)).toEqual(toPortableJSON(AiImageError.fromJSON(toPortableJSON(restored))));
    for (let depth = 0; depth <= 10; depth++) {
      expect(restored).toMatchObject({ code: 'timeout', message: `level ${10 - depth}` });
      restored = restored?.failures[0]?.error;
    }
    expect(restored).toBeUndefined();
  });

  it.each([-1, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    'leaves out retryAfterMs %s, which no caller can wait for, as the constructor does',
    (retryAfterMs) => {
      expect(AiImageError.fromJSON({ ...fine, retryAfterMs }).retryAfterMs).toBeUndefined();
      expect(new AiImageError('rate_limited', 'slow', { retryAfterMs }).retryAfterMs).toBeUndefined();
    },
  );

  it('never restores an error that allows a retry although something may have been charged', () => {
    for (const code of ERROR_CODES) {
      for (const charged of ['yes', 'unknown'] as const) {
        const restored = AiImageError.fromJSON({ code, message: 'x', charged });
        expect(restored).toMatchObject({ charged, mayRetry: false, mayFailOver: false });
      }
      const withOpenJob = AiImageError.fromJSON({ code, message: 'x', charged: 'no', endsJob: false, job });
      expect(withOpenJob).toMatchObject({ mayRetry: false, mayFailOver: false });
    }
    const lost = { code: 'outcome_unknown', message: 'x', charged: 'no' };
    expect(AiImageError.fromJSON(lost).charged).toBe('unknown');
  });

  it('takes null as absent, because other languages write it, and ignores unknown fields', () => {
    const restored = AiImageError.fromJSON({ ...fine, provider: null, status: null, job: null, isAdmin: true });
    expect(restored).toMatchObject({ code: 'timeout', provider: undefined, status: undefined });
    expect(restored.job).toBeUndefined();
    expect('isAdmin' in restored).toBe(false);
  });

  it('never changes a prototype', () => {
    const json: unknown = JSON.parse(
      `{"code":"timeout","message":"late","__proto__":{"polluted":1},"job":${JSON.stringify(job).replace('{', '{"__proto__":{"polluted":1},')}}`,
    );
    const restored = AiImageError.fromJSON(json);
    expect(restored.job).toEqual(job);
    expect((restored as { polluted?: number }).polluted).toBeUndefined();
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });

  it('returns an AiImageError or throws one, whatever it is given', () => {
    const value = fc.anything({ withNullPrototype: true, withBigInt: true, withDate: true, withMap: true });
    const field = fc.constantFrom(...Object.keys(toPortableJSON(error)), 'failures', '__proto__');
    const json = fc.dictionary(field, value).map((fields) => ({ ...toPortableJSON(error), ...fields }));
    fc.assert(
      fc.property(fc.oneof(value, json), (given) => {
        let result: unknown;
        try {
          result = AiImageError.fromJSON(given);
        } catch (thrown) {
          result = thrown;
        }
        expect(isAiImageError(result)).toBe(true);
        expect(AiImageError.fromJSON(toPortableJSON(result as AiImageError))).toMatchObject({
          code: (result as AiImageError).code,
        });
      }),
      { numRuns: 500 },
    );
  });
});
