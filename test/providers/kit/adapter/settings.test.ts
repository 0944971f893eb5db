import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { noKey } from '../../../../src/providers/kit/adapter/about.ts';
import { COMMON_SETTINGS, type CommonSettings, checkSettings } from '../../../../src/providers/kit/adapter/settings.ts';
import { AiImageError } from '../../../../src/providers/protocol/errors.ts';
import { createTransport } from '../../../../src/transport/index.ts';
import { sample, sampleAbout } from '../support/vendor.ts';

const KEY = 'sk-canary-0123456789';

function refusal(settings: object, about = sampleAbout): AiImageError {
  try {
    checkSettings(about, { apiKey: KEY, ...settings } as CommonSettings);
  } catch (error) {
    if (error instanceof AiImageError) return error;
    throw error;
  }
  throw new Error('they were taken');
}

describe('the key of a provider', () => {
  it('is required if the vendor needs one, and the error says where to set it', () => {
    expect(refusal({ apiKey: undefined })).toMatchObject({
      code: 'not_configured',
      message: 'sample: no key is set',
      hint: "Pass it as apiKey, or set SAMPLE_API_KEY and use getProvider('sample').",
      charged: 'no',
    });
    expect(() => checkSettings({ ...sampleAbout, auth: noKey }, {})).not.toThrow();
  });

  it('K19: the key of a provider is trimmed', () => {
    for (const text of [` ${KEY}`, `${KEY}\r\n`, `\t${KEY}\n`, `\u00a0${KEY}\ufeff`])
      expect(checkSettings(sampleAbout, { apiKey: text }).apiKey).toBe(KEY);
  });

  it('K19: the key of a provider is refused without being shown if it has characters that no key has', () => {
    for (const text of [`${KEY}\r\nx-evil: 1`, `${KEY} ${KEY}`, `${KEY}é`, `${KEY}\u0000`, `${KEY}…`]) {
      const error = refusal({ apiKey: text });
      expect(error.message).toBe('sample: setting apiKey contains characters that are not allowed in a key');
      expect(inspect(error, { showHidden: true, depth: 9 })).not.toContain('canary');
    }
    for (const text of ['', '   ']) expect(refusal({ apiKey: text }).message).toBe('sample: setting apiKey is empty');
    expect(refusal({ apiKey: null }).message).toBe('sample: setting apiKey must be a text, not null');
  });

  it('K19: the key of a provider cannot inject a second header', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (apiKey) => {
        try {
          expect(checkSettings(sampleAbout, { apiKey }).apiKey).toMatch(/^[\x21-\x7e]+$/);
        } catch (error) {
          expect(error).toMatchObject({ code: 'not_configured' });
        }
      }),
    );
  });
});

describe('the base URL', () => {
  it('K12: must not contain a user name or password, and the error does not show them', () => {
    for (const baseUrl of ['https://user:hunter2@api.example.com/v1', 'http://hunter2@127.0.0.1:80/']) {
      const error = refusal({ baseUrl });
      expect(error.message).toMatch(/^sample: setting baseUrl \([a-z0-9.]+\) contains a user name or password$/);
      expect(inspect(error, { showHidden: true, depth: 9 })).not.toContain('hunter2');
    }
  });

  it.each([
    'http://127.0.0.1:8188',
    'http://localhost:1234/v1',
    'http://gpu.localhost',
    'http://10.1.2.3',
    'http://192.168.0.9:80',
    'http://172.16.0.1',
    'http://172.31.255.255',
    'http://[::1]:9',
    'http://[fd00::5]',
    'http://comfy:8188',
    'http://nas.local',
    'https://api.example.com/v1',
  ])('may be %s', (baseUrl) => {
    expect(checkSettings(sampleAbout, { apiKey: KEY, baseUrl }).baseUrl).toBe(baseUrl);
  });

  it.each([
    'http://api.example.com',
    'http://8.8.8.8',
    'http://172.32.0.1',
    'http://11.0.0.1',
    'http://[2001:db8::1]',
    'http://[fc::1]',
    // Names that only look like private addresses: anyone can register them.
    'http://10.example.com',
    'http://127.0.0.1.example.com',
    'http://192.168.evil.example',
    'http://localhost.example.com',
  ])('may not be %s, which would send key and prompt unencrypted', (baseUrl) => {
    expect(refusal({ baseUrl }).message).toMatch(/is not https$/);
  });

  it.each(['', 'api.example.com/v1', 'ftp://127.0.0.1', 'file:///etc/passwd', 'javascript:alert(1)'])(
    '%j is no address',
    (baseUrl) => {
      expect(refusal({ baseUrl }).message).toBe('sample: setting baseUrl is not an http or https URL');
    },
  );
});

describe('a base URL with a query or fragment', () => {
  it.each([
    'https://a.example/v1?x=1',
    'https://a.example/v1#x',
    'https://a.example/?',
    'https://a.example/#',
    'https://a.example?/v1',
  ])('%s is refused, because the path would be lost and the key would go to another URL', (baseUrl) => {
    const error = refusal({ baseUrl });
    expect(error.code).toBe('not_configured');
    expect(error.message).toMatch(/^sample: setting baseUrl \(a\.example\) contains "\?" or "#"/);
    expect(() => createTransport({ baseUrl })).toThrow(/contains "\?" or "#"/);
  });

  it.each([
    ' https://a.example',
    'https://a.example/v1\n',
    'https://a.example/a b',
    'https:\\\\a.example',
    'ht\ttps://a.example',
    'https://a.example/\u0000',
  ])('%j is refused', (baseUrl) => {
    expect(refusal({ baseUrl })).toMatchObject({
      code: 'not_configured',
      message: 'sample: setting baseUrl contains white space, control characters or backslashes',
    });
  });
});

describe('a header that is set for each request', () => {
  it.each([
    ...['Authorization', 'proxy-authorization', 'Cookie', 'Set-Cookie', 'Host', 'Content-Length', 'Transfer-Encoding'],
    ...['Connection', 'Upgrade', 'TE', 'Trailer', 'Expect', 'Keep-Alive'],
  ])('%s cannot be set, and the error shows its name but not its value', (name) => {
    const error = refusal({ headers: { [name]: 'hunter2-hunter2' } });
    expect(error).toMatchObject({ code: 'not_configured', message: `sample: header "${name}" cannot be set` });
    expect(inspect(error, { showHidden: true, depth: 9 })).not.toContain('hunter2');
  });
});

describe('other settings', () => {
  it('are refused if unknown, with a suggestion of the most similar one', () => {
    const make = (settings: object) => () => sample.create({ apiKey: KEY, ...settings } as never);
    expect(make({ deadlinMs: 5 })).toThrow('sample: unknown setting "deadlinMs"');
    expect(refusalOf(make({ deadlinMs: 5 })).hint).toBe('Did you mean deadlineMs?');
    expect(refusalOf(make({ colour: 5 })).hint).toMatch(/^Known settings: apiKey, baseUrl, /);
  });

  it.each([0, -1, Number.NaN, '5'])('a time limit of %j is refused', (deadlineMs) => {
    expect(refusal({ deadlineMs }).message).toContain('setting deadlineMs must be a number of milliseconds above 0');
  });

  it('refuses limits that are unknown, not numbers or not above 0', () => {
    expect(refusal({ limits: { maxRetry: 1 } })).toMatchObject({
      message: 'sample: unknown limit "maxRetry"',
      hint: 'Did you mean maxRetries?',
    });
    for (const value of [-1, Number.NaN, '5', null]) {
      expect(refusal({ limits: { maxRetries: value } }).message).toBe(
        'sample: limit maxRetries must be a number, 0 or more',
      );
    }
    expect(refusal({ limits: { maxImageBytes: 0 } }).message).toContain('maxImageBytes');
    expect(refusal({ limits: { downloadHosts: 'cdn.example.com' } }).message).toContain('list of host names');
    const limits = { maxRetries: 0, maxQueueMs: 5, downloadHosts: ['cdn.example.com'] };
    expect(checkSettings(sampleAbout, { apiKey: KEY, limits }).limits).toEqual(limits);
  });

  it('refuses headers with invalid names or values of several lines', () => {
    for (const headers of [{ 'x\r\ny': '1' }, { 'x y': '1' }, { x: '1\r\ny: 2' }, { x: 'é' }, { '': '1' }, { x: 5 }]) {
      expect(refusal({ headers }).message).toMatch(/is not a valid header$/);
    }
    expect(checkSettings(sampleAbout, { apiKey: KEY, headers: { 'X-Team': 'a b' } }).headers).toEqual({
      'X-Team': 'a b',
    });
  });

  it('refuses a fetch that is not a function', () => {
    expect(refusal({ fetch: 'node-fetch' }).message).toBe('sample: setting fetch must be a function, not a string');
  });

  it('are copied, so that later changes to the caller’s object have no effect', () => {
    const headers = { x: '1' };
    const given = { apiKey: KEY, headers, limits: { maxPolls: 5 } };
    const checked = checkSettings(sampleAbout, given);
    headers.x = '2';
    given.limits.maxPolls = 6;
    expect(checked).toMatchObject({ headers: { x: '1' }, limits: { maxPolls: 5 } });
  });

  it('are all in the list of known settings', () => {
    expectTypeOf<(typeof COMMON_SETTINGS)[number]>().toEqualTypeOf<keyof CommonSettings>();
    expect(new Set(COMMON_SETTINGS).size).toBe(COMMON_SETTINGS.length);
  });
});

function refusalOf(work: () => unknown): AiImageError {
  try {
    work();
  } catch (error) {
    if (error instanceof AiImageError) return error;
  }
  throw new Error('it was no AiImageError');
}
