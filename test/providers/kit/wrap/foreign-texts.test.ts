/** Texts of third-party providers, which may quote their keys and the prompt. */
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { wrapProvider } from '../../../../src/providers/kit/wrap/wrap-provider.ts';
import { AiImageError, type AiImageErrorDetails, isAiImageError } from '../../../../src/providers/protocol/errors.ts';
import type { ImageGeneration, MediaProvider } from '../../../../src/providers/protocol/index.ts';
import { StubProvider } from '../../../../src/providers/stub/stub-provider.ts';

const KEY = 'sk-canary-7Hq2Zt9xWb4Lk1Vn8Rm5';
const PROMPT = 'a canary-coloured submarine under the northern ice';
const LINK = 'https://cdn.example.com/a.png?sig=CANARYSIGNATURE';
const TEXT = `POST ${LINK} with ${KEY} failed for "${PROMPT}"`;
const SECRETS = [KEY.slice(-10), 'canary-coloured', 'CANARYSIGNATURE'];

const shown = (value: unknown) =>
  `${inspect(value, { depth: 9 })}${JSON.stringify(value)}${isAiImageError(value) ? `${value.stack}${value.hint}` : ''}`;
const expectNoSecrets = (value: unknown) => {
  for (const secret of SECRETS) expect(shown(value)).not.toContain(secret);
};

const details = (): AiImageErrorDetails => ({
  hint: TEXT,
  requestId: TEXT,
  cause: Object.assign(new Error(TEXT), { config: { headers: { authorization: `Bearer ${KEY}` } } }),
  failures: [{ index: 0, error: new AiImageError('bad_response', TEXT, { cause: new Error(TEXT) }) }],
  quarantine: [Uint8Array.of(1)],
  charged: 'yes',
});
const ERRORS: Readonly<Record<string, () => AiImageError>> = {
  'with secrets in every text': () => new AiImageError('bad_response', TEXT, details()),
  'with a field of its own': () => Object.assign(new AiImageError('bad_response', 'x'), { request: { body: TEXT } }),
  'in another error': () => new AiImageError('bad_response', 'x', { cause: new AiImageError('internal', TEXT) }),
};

const stub = new StubProvider();
const full = (changes: Partial<MediaProvider>): MediaProvider => {
  const provider: Partial<MediaProvider> = {};
  for (const name of ['generateImage', 'models', 'generate', 'edit', 'plan', 'healthCheck', 'close'] as const) {
    Object.assign(provider, { [name]: stub[name].bind(stub) });
  }
  return wrapProvider('third', { ...(provider as MediaProvider), id: 'third', ...changes });
};
const errorOf = (work: Promise<unknown>): Promise<AiImageError> =>
  work.then(
    () => Promise.reject(new Error('it succeeded')),
    (error: AiImageError) => error,
  );
const request = { prompt: PROMPT, size: '64x64' } as const;

describe('an AiImageError of a third party', () => {
  it.each(Object.entries(ERRORS))('%s is redacted in every call', async (_, make) => {
    const fail = () => Promise.reject(make());
    const simple = wrapProvider('third', { generateImage: fail });
    const provider = full({ generate: fail, plan: fail, healthCheck: fail, generateImage: fail, models: fail });
    for (const call of [
      () => simple.generateImage(PROMPT),
      () => simple.generate(request),
      () => provider.generateImage(PROMPT),
      () => provider.generate(request),
    ]) {
      const error = await errorOf(call());
      expect(error).toBeInstanceOf(AiImageError);
      expect(error.code).toBe('bad_response');
      expectNoSecrets(error);
    }
    for (const call of [() => provider.plan(request), () => provider.healthCheck(), () => provider.models()]) {
      const text = shown(await errorOf(call()));
      for (const secret of [SECRETS[0], SECRETS[2]]) expect(text).not.toContain(secret);
    }
  });

  it('keeps its facts and the bytes that were paid for', async () => {
    const fail = () => Promise.reject(new AiImageError('bad_response', TEXT, details()));
    const error = await errorOf(full({ generate: fail }).generate(request));
    expect(error).toMatchObject({ code: 'bad_response', charged: 'yes', quarantine: [Uint8Array.of(1)] });
    expect(error.message).toBe('POST https://cdn.example.com/a.png?… with [redacted] failed for "[…]"');
    expect(error.failures).toMatchObject([{ index: 0, error: { code: 'bad_response' } }]);
    expect((error.cause as Error).message).toContain('[redacted]');
  });

  it('is the very instance that was thrown, if there is nothing to hide', async () => {
    const plain = new AiImageError('rate_limited', 'third: slow down', { hint: 'Wait.', retryAfterMs: 5 });
    expect(await errorOf(full({ generate: () => Promise.reject(plain) }).generate(request))).toBe(plain);
  });
});

describe('other texts of a third party', () => {
  it('are redacted in warnings and failures of a result, and in its events', async () => {
    const generate = async (...[given, context]: Parameters<MediaProvider['generate']>): Promise<ImageGeneration> => {
      const generation = {
        ...(await stub.generate(given)),
        warnings: [{ code: 'vendor_warning' as const, message: TEXT }],
        failures: [{ index: 1, error: new AiImageError('bad_response', TEXT) }],
        requestId: TEXT,
      };
      context?.onEvent?.({ type: 'done', generation });
      return generation;
    };
    const events: unknown[] = [];
    const generation = await full({ generate }).generate(request, { onEvent: (event) => events.push(event) });

    const { warnings, failures, requestId } = generation;
    expect([warnings.length, failures.length]).toEqual([1, 1]);
    expect(events).toHaveLength(1);
    const done = events[0] as { generation: ImageGeneration };
    for (const each of [warnings, failures, requestId, done.generation.warnings, done.generation.failures]) {
      const text = shown(each) + shown((each as readonly { error?: unknown }[])?.[0]?.error);
      for (const secret of [SECRETS[0], SECRETS[2]]) expect(text).not.toContain(secret);
    }
    for (const each of [warnings, failures, done.generation.warnings]) expectNoSecrets(each);
  });

  it('are redacted in a plan and a health check', async () => {
    const plan = async () => ({
      ...(await stub.plan(request)),
      adaptations: [{ code: 'adapted' as const, message: TEXT }],
      refusals: [{ code: 'unsupported' as const, field: 'size', message: TEXT, hint: TEXT }],
    });
    const healthCheck = async () => ({ status: 'unknown' as const, message: TEXT });
    const provider = full({ plan, healthCheck });

    const { adaptations, refusals } = await provider.plan(request);
    expectNoSecrets([adaptations, refusals]);
    expect(refusals).toMatchObject([{ code: 'unsupported', field: 'size' }]);
    expect(JSON.stringify(await provider.healthCheck())).not.toMatch(/CANARYSIGNATURE|Lk1Vn8/);
  });
});
