/** How errors are answered: status, OpenAI's words, whether a client may repeat the request, and what no answer may hold. */
import { describe, expect, it } from 'vitest';
import { FAULT_RULES } from '../../../src/apps/server/http/faults/fault-rules.ts';
import { answerFault, toFault } from '../../../src/apps/server/http/to-fault.ts';
import { paramOf } from '../../../src/apps/server/openai/request/field-names.ts';
import { AiImageError, type AiImageErrorDetails, type AiImageProvider } from '../../../src/index.ts';
import { type AiImageErrorCode, type Charged, ERROR_CODES } from '../../../src/providers/protocol/index.ts';
import { ledgerAccessOf } from '../../../src/store/ledger-access.ts';
import { useServersWithVendors } from '../clients/support.ts';
import { useServers } from '../support.ts';

const start = useServers();
const startWithVendor = useServersWithVendors();

type Row = readonly [status: number, type: string, code: string, mayRetry: boolean];

/** The answer to each code of the library, when the failed call charged what the code says. */
const TABLE: Readonly<Record<AiImageErrorCode, Row>> = {
  invalid_request: [400, 'invalid_request_error', 'invalid_request', false],
  unsupported: [400, 'invalid_request_error', 'unsupported', false],
  authentication: [500, 'server_error', 'provider_misconfigured', false],
  permission: [403, 'permission_error', 'policy_denied', false],
  quota_exhausted: [402, 'insufficient_quota', 'quota_exhausted', false],
  rate_limited: [429, 'rate_limit_error', 'rate_limit_exceeded', true],
  content_refused: [400, 'image_generation_user_error', 'moderation_blocked', false],
  no_image: [502, 'server_error', 'no_image', false],
  model_retired: [404, 'invalid_request_error', 'model_not_found', false],
  unavailable: [503, 'server_error', 'overloaded', true],
  timeout: [504, 'server_error', 'timeout', false],
  outcome_unknown: [502, 'server_error', 'outcome_unknown', false],
  bad_response: [502, 'server_error', 'bad_response', false],
  too_large: [502, 'server_error', 'too_large', false],
  unsafe_url: [502, 'server_error', 'unsafe_url', false],
  budget_exceeded: [402, 'insufficient_quota', 'budget_exceeded', false],
  policy_denied: [403, 'permission_error', 'policy_denied', false],
  circuit_open: [503, 'server_error', 'overloaded', true],
  aborted: [502, 'server_error', 'aborted', false],
  not_configured: [500, 'server_error', 'provider_misconfigured', false],
  internal: [502, 'server_error', 'internal_error', false],
  storage_failed: [500, 'server_error', 'storage_failed', false],
};

/** A key in the form of several vendors, a path, a stack and a body. */
const SECRETS = {
  key: 'sk-proj-9fK2mQ7xLr4TzW8vB3nY6cD1',
  other: 'AKIAIOSFODNN7EXAMPLE',
  path: '/home/deploy/secrets/openai.json',
  windows: 'C:\\Users\\ada\\key.txt',
  link: 'https://bucket.example/image.png?X-Amz-Signature=0a1b2c3d4e5f',
  stack: 'at Object.<anonymous>',
  body: 'upstream-body-of-a-vendor',
};
const LEAK = `${Object.values(SECRETS).join(' ')}\n    at Object.<anonymous> (/srv/app/index.js:1:1)`;

function expectNoSecret(text: string): void {
  for (const secret of Object.values(SECRETS)) expect(text).not.toContain(secret);
  expect(text).not.toMatch(/Signature=|\/srv\/|index\.js/);
}

describe('the table of answers', () => {
  it('has a row for each code of the library', () => {
    expect(Object.keys(FAULT_RULES).sort()).toEqual([...ERROR_CODES].sort());
  });

  it.each(ERROR_CODES)('answers %s', async (code) => {
    const answer = answerFault(toFault(new AiImageError(code, 'what happened')));
    const [status, type, word, mayRetry] = TABLE[code];
    expect(answer.status).toBe(status);
    expect(answer.headers.get('x-should-retry')).toBe(String(mayRetry));
    expect(await answer.json()).toEqual({
      error: {
        ...{ type, code: word, param: null },
        message: expect.stringMatching(/^[A-Z].*[.…]$/) as string,
        imagen: { code, charged: expect.any(String) as string, hint: expect.any(String) as string },
      },
    });
  });

  it('never answers 409, which the client of OpenAI repeats', () => {
    for (const { status, ifCharged } of Object.values(FAULT_RULES))
      expect([status, ifCharged?.status]).not.toContain(409);
  });

  it.each(['unsafe_url', 'too_large'] as const)('blames the request for %s if nothing was charged', (code) => {
    expect(toFault(new AiImageError(code, 'a link', { charged: 'no' }))).toMatchObject({ status: 400 });
  });

  it.each(ERROR_CODES.flatMap((code) => (['yes', 'unknown'] as const).map((charged) => [code, charged] as const)))(
    'tells no client to repeat a request after %s that was charged: %s',
    (code: AiImageErrorCode, charged: Charged) => {
      const job = { provider: 'fal', model: 'm', id: 'job-1', submittedAt: 1 } as unknown as AiImageErrorDetails['job']; // only its id is read
      const fault = toFault(new AiImageError(code, 'x', { charged, job, retryAfterMs: 1_000 }), { call: 'call-1' });
      expect(fault.details).toMatchObject({ mayRetry: false, imagen: { charged, job: 'job-1', call: 'call-1' } });
      expect(answerFault(fault).headers.get('x-imagen-run')).toBe('call-1');
    },
  );

  it.each(ERROR_CODES)('says of no %s that certainly charged nothing that it may have been charged', (code) => {
    const error = new AiImageError(code, 'x', { charged: 'no' });
    const { message, details } = toFault(error);
    const isDoubtful = /may have been charged|Do not send/.test(`${message} ${details.imagen?.hint}`);
    expect(isDoubtful).toBe(error.charged !== 'no'); // the outcome of a call that is unknown is never free
  });

  it('does not blame a provider if a part of the server itself cannot be used', () => {
    expect(toFault(new AiImageError('not_configured', 'x')).message).toMatch(/^A part of this server/);
    expect(toFault(new AiImageError('not_configured', 'x', { provider: 'fal' })).message).toMatch(/^The provider fal/);
  });

  it('tells how long to wait: as the error says, or by its code', () => {
    expect(toFault(new AiImageError('rate_limited', 'x', { retryAfterMs: 7_500 })).details.retryAfterMs).toBe(7_500);
    expect(toFault(new AiImageError('unavailable', 'x')).details.retryAfterMs).toBeGreaterThan(0);
    expect(toFault(new AiImageError('invalid_request', 'x')).details.retryAfterMs).toBeUndefined();
  });

  it('answers any other error with 500, and says nothing about it', async () => {
    const answer = answerFault(toFault(new TypeError(LEAK), { call: 'call-1' }));
    expect(answer.status).toBe(500);
    expect(answer.headers.get('x-should-retry')).toBe('false');
    expectNoSecret(await answer.text());
  });
});

describe('S21: no stack, path, key or body of a vendor is in an answer', () => {
  it.each(ERROR_CODES)('S21: a provider fails with %s', async (code) => {
    for (const [charged, field] of [
      ['no', LEAK],
      ['no', `options.${LEAK}`],
      ['unknown', 'size'],
    ] as const) {
      const provider: AiImageProvider = {
        generateImage: async () => {
          throw new AiImageError(code, LEAK, {
            ...{ charged, hint: LEAK, field, requestId: SECRETS.key, cause: new Error(LEAK) },
          });
        },
      };
      const { post } = await start({ providers: { own: provider } });
      const answer = await post('/v1/images/generations', { prompt: 'a fox' });
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expectNoSecret((await answer.text()) + JSON.stringify([...answer.headers]) + answer.statusText);
    }
  });

  it.each([400, 401, 403, 404, 429, 500, 503])('S21: a vendor answers %d and echoes its key', async (status) => {
    const { post } = await startWithVendor({ script: () => ({ status, code: 'some_code', message: LEAK }) });
    const answer = await post('/v1/images/generations', { prompt: 'a fox', model: 'openai/gpt-image-2' });
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.status).not.toBe(401); // the client's own token is right
    expectNoSecret((await answer.text()) + JSON.stringify([...answer.headers]) + answer.statusText);
  });

  it('S21: the check of this file finds a secret', () => {
    for (const secret of Object.values(SECRETS)) expect(() => expectNoSecret(`x ${secret}`)).toThrow();
  });

  it('reports to the operator what the answer hides', async () => {
    const reported: unknown[] = [];
    const script = () => ({ status: 401, code: 'invalid_api_key', message: 'Incorrect API key provided.' });
    const { post } = await startWithVendor({ script, onError: (error) => reported.push(error) });
    const answer = await post('/v1/images/generations', { prompt: 'a fox', model: 'openai/gpt-image-2' });
    expect(answer.status).toBe(500);
    expect(reported).toMatchObject([
      { code: 'authentication', message: expect.stringContaining('Incorrect') as string },
    ]);
  });
});

describe('a ledger that cannot be written', () => {
  it('is named, and nothing is sent', async () => {
    const reported: unknown[] = [];
    const { post, store, vendor } = await startWithVendor({ onError: (error) => reported.push(error) });
    const database = await ledgerAccessOf(store, 'the test').database();
    await database.run('DROP TABLE server_requests');
    const answer = await post('/v1/images/generations', { prompt: 'a fox', model: 'openai/gpt-image-2' });
    expect(answer.status).toBe(500);
    expect(await answer.json()).toMatchObject({ error: { code: 'storage_failed', imagen: { charged: 'no' } } });
    expect(reported).toMatchObject([{ code: 'storage_failed' }]);
    expect(vendor.submits).toHaveLength(0);
  });
});

describe('a refusal before anything is sent', () => {
  it('has the field of the error, also if a plan does not find it', () => {
    const error = new AiImageError('invalid_request', 'a server of models says no', { field: 'inputImages.1' });
    const fault = toFault(error, { paramOf });
    expect(fault).toMatchObject({ code: 'invalid_image', details: { param: 'image' } });
    expect(fault.message).not.toContain('says no'); // a vendor may have written it
    expect(toFault(error)).toMatchObject({ code: 'invalid_request' });
  });

  it('names the field as the client sent it', async () => {
    const { post, vendor } = await startWithVendor();
    const answer = await post('/v1/images/generations', { prompt: 'x'.repeat(40_000), model: 'openai/gpt-image-2' });
    expect(answer.status).toBe(400);
    const { error } = (await answer.json()) as { readonly error: Readonly<Record<string, unknown>> };
    expect(error).toMatchObject({ param: 'prompt', code: expect.stringMatching(/_prompt$/) as string });
    expect(vendor.submits).toHaveLength(0);
  });
});
