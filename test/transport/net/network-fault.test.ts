import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { createTransport, TransportError } from '../../../src/transport/index.ts';
import { readNetworkFault } from '../../../src/transport/net/network-fault.ts';
import { copyCause } from '../../../src/transport/net/redact/redact.ts';

const systemError = (code: string, syscall?: string) =>
  Object.assign(new Error(`${syscall ?? ''} ${code}`), { code, ...(syscall !== undefined && { syscall }) });
const fetchFailed = (cause?: unknown) => new TypeError('fetch failed', { cause });

describe('a failed fetch', () => {
  it.each([
    ['ECONNREFUSED', 'connect'],
    ['ETIMEDOUT', 'connect'],
    ['EHOSTUNREACH', 'connect'],
    ['ENOTFOUND', 'getaddrinfo'],
    ['EAI_AGAIN', 'getaddrinfo'],
    ['UND_ERR_CONNECT_TIMEOUT', undefined],
  ])('a failed fetch with %s (%s) was certainly never sent and may be retried', (code, syscall) => {
    expect(readNetworkFault(fetchFailed(systemError(code, syscall)))).toEqual({
      maybeSent: false,
      isFinal: false,
      reason: code,
    });
  });

  it.each([
    ['ECONNRESET', 'read'],
    ['EPIPE', 'write'],
    ['UND_ERR_SOCKET', undefined],
    ['UND_ERR_HEADERS_TIMEOUT', undefined],
    // The same code as above, but on a connection that was in use.
    ['EHOSTUNREACH', 'read'],
    ['ENETDOWN', 'write'],
    ['ETIMEDOUT', 'read'],
    ['ETIMEDOUT', undefined],
  ])('a failed fetch with %s (%s) may have been sent', (code, syscall) => {
    expect(readNetworkFault(fetchFailed(systemError(code, syscall)))).toMatchObject({
      maybeSent: true,
      isFinal: false,
    });
  });

  it('a failed fetch that tried several addresses was never sent if all of them failed to connect', () => {
    const all = (...errors: Error[]) =>
      fetchFailed(Object.assign(new AggregateError(errors), { code: (errors[0] as { code?: string }).code }));

    expect(
      readNetworkFault(all(systemError('ETIMEDOUT', 'connect'), systemError('ECONNREFUSED', 'connect'))),
    ).toMatchObject({ maybeSent: false });
    expect(
      readNetworkFault(all(systemError('ECONNREFUSED', 'connect'), systemError('ECONNRESET', 'read'))),
    ).toMatchObject({
      maybeSent: true,
    });
  });

  it.each([
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    'CERT_HAS_EXPIRED',
    'ERR_TLS_CERT_ALTNAME_INVALID',
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  ])('H24: because of its certificate (%s) was never sent, and a retry does not help', (code) => {
    expect(readNetworkFault(fetchFailed(systemError(code)))).toEqual({ maybeSent: false, isFinal: true, reason: code });
  });

  it.each([
    'ERR_INVALID_URL',
    'ERR_INVALID_PROTOCOL',
    'ERR_INVALID_CHAR',
    'ERR_INVALID_HTTP_TOKEN',
    'ERR_HTTP_INVALID_HEADER_VALUE',
    'ERR_UNESCAPED_CHARACTERS',
    'ERR_INVALID_ARG_TYPE',
    'ERR_SOCKET_BAD_PORT',
    'UND_ERR_INVALID_ARG',
    'UND_MOCK_ERR_MOCK_NOT_MATCHED',
  ])('because the client refused the request (%s) was never sent, and a retry does not help', (code) => {
    expect(readNetworkFault(fetchFailed(systemError(code)))).toMatchObject({
      maybeSent: false,
      isFinal: true,
      reason: expect.stringContaining(code),
    });
  });

  it('a failed fetch with an invalid argument and a broken connection may have been sent', () => {
    const errors = [systemError('UND_ERR_INVALID_ARG'), systemError('ECONNRESET', 'read')];
    expect(readNetworkFault(fetchFailed(new AggregateError(errors)))).toMatchObject({ maybeSent: true });
  });

  it.each([
    ['a scheme that fetch does not know', 'foo://vendor.invalid/', {}],
    ['a port that does not exist', 'http://127.0.0.1:99999/', {}],
    ['no host', 'http://', {}],
    ['a content-length that is no number', 'http://127.0.0.1:1/', { 'content-length': 'many' }],
    ['a transfer-encoding of the caller', 'http://127.0.0.1:1/', { 'transfer-encoding': 'chunked' }],
  ])('because fetch refuses its URL or header (%s) was never sent', async (_, url, headers) => {
    const error = await fetch(url, { method: 'POST', body: '{}', headers }).catch((each: unknown) => each);
    expect(readNetworkFault(error)).toMatchObject({ maybeSent: false, isFinal: true });
  });

  it('of another realm, as in Jest, is read like one of this realm', () => {
    const error = runInNewContext(`new TypeError('fetch failed', {
      cause: Object.assign(new AggregateError([Object.assign(new Error('refused'), { code: 'ECONNREFUSED', syscall: 'connect' })]), {
        code: 'ECONNREFUSED',
      }),
    })`);
    expect(error).not.toBeInstanceOf(Error);
    expect(readNetworkFault(error)).toEqual({ maybeSent: false, isFinal: false, reason: 'ECONNREFUSED' });
    expect(copyCause(error, String)).toMatchObject({ message: 'fetch failed', cause: { code: 'ECONNREFUSED' } });
  });

  it.each([{ [Symbol.toStringTag]: 'Error' }, { message: 'ECONNREFUSED', code: 'ECONNREFUSED' }])(
    'that rejects with an object that is no error may have been sent (%#)',
    (error) => {
      expect(readNetworkFault(error)).toMatchObject({ maybeSent: true });
    },
  );

  it.each([
    ['tcp connect error: Connection refused (os error 111)', false],
    ['dns error: failed to lookup address information: Name or service not known', false],
    ['invalid peer certificate: UnknownIssuer', true],
  ])('of Deno without a connection (%s) was never sent', (reason, isFinal) => {
    const message = `error sending request for url (https://vendor.invalid/): client error (Connect): ${reason}`;
    expect(readNetworkFault(fetchFailed(new Error(message)))).toEqual({ maybeSent: false, isFinal, reason });
  });

  it('of Deno on a connection that broke may have been sent', () => {
    const message =
      'error sending request from 127.0.0.1:43932 for https://vendor.invalid/ (127.0.0.1:443): client error (SendRequest): connection closed before message completed';
    expect(readNetworkFault(fetchFailed(new Error(message)))).toMatchObject({ maybeSent: true });
  });

  it('H29: because a proxy refused it was never sent', () => {
    const cause = new Error('Proxy response (407) !== 200 when HTTP Tunneling');
    expect(readNetworkFault(fetchFailed(Object.assign(cause, { code: 'UND_ERR_ABORTED' })))).toEqual({
      maybeSent: false,
      isFinal: true,
      reason: 'the proxy replied with HTTP 407',
    });
  });

  it('H29: a failed fetch is recognised by the message about the proxy, whatever codes the outer errors have', () => {
    const cause = new Error('Proxy response (407) !== 200 when HTTP Tunneling');

    expect(
      readNetworkFault(Object.assign(new Error('request failed', { cause }), { code: 'ERR_REQUEST' })),
    ).toMatchObject({
      maybeSent: false,
      reason: 'the proxy replied with HTTP 407',
    });
  });

  it('because fetch blocks its port was never sent', async () => {
    const error = await fetch('http://127.0.0.1:9/').catch((each: unknown) => each);

    expect(readNetworkFault(error)).toEqual({
      maybeSent: false,
      isFinal: true,
      reason: 'fetch does not use this port',
    });
  });

  it('a failed fetch without a code is described by its root cause', () => {
    const error = new Error('the request failed', {
      cause: new TypeError('fetch failed', { cause: new Error('socket closed') }),
    });

    expect(readNetworkFault(error)).toMatchObject({ maybeSent: true, reason: 'socket closed' });
  });

  it.each([
    undefined,
    'text',
    fetchFailed(),
    fetchFailed('text'),
    new AggregateError([]),
    new DOMException('x', 'NetworkError'),
  ])('a failed fetch without details may have been sent (%#)', (error) => {
    expect(readNetworkFault(error)).toMatchObject({ maybeSent: true, isFinal: false });
  });

  it('a failed fetch with circular causes is read too', () => {
    const error = new Error('round');
    error.cause = error;

    expect(readNetworkFault(error)).toMatchObject({ maybeSent: true });
  });
});

describe('a submit whose header cannot be sent', () => {
  it.each([
    ['a name with a blank', 'bad name', 'canary'],
    ['a value with a line break', 'x-note', 'one\ntwo'],
    ['a value of other letters', 'x-note', 'ключ'],
  ])('(%s) was never sent, and the message names the header without its value', async (_, name, value) => {
    let sent = 0;
    const send = async () => {
      sent++;
      return new Response('{}');
    };
    const transport = createTransport({ baseUrl: 'https://vendor.invalid', fetch: send });
    const request = {
      method: 'POST',
      url: 'images',
      headers: { [name]: value },
      body: { kind: 'json', value: {} },
    } as const;
    const error = await transport.generateImageBytes({ request, locate: () => [] }).catch((each: unknown) => each);
    expect(error).toBeInstanceOf(TransportError);
    expect(error).toMatchObject({
      fault: 'network',
      outcome: 'failed',
      isFinal: true,
      message: expect.stringContaining(name),
    });
    expect([sent, String(error).includes(value)]).toEqual([0, false]);
  });
});
