import { describe, expect, it } from 'vitest';
import { readNetworkFault } from '../../src/transport/network-fault.ts';

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
  ])('with %s (%s) was certainly never sent, and may be tried again', (code, syscall) => {
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
  ])('with %s (%s) may have been sent', (code, syscall) => {
    expect(readNetworkFault(fetchFailed(systemError(code, syscall)))).toMatchObject({
      maybeSent: true,
      isFinal: false,
    });
  });

  it('that tried several addresses was never sent when all of them failed to connect', () => {
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
  ])('H24 for its certificate (%s) was never sent, and trying again changes nothing', (code) => {
    expect(readNetworkFault(fetchFailed(systemError(code)))).toEqual({ maybeSent: false, isFinal: true, reason: code });
  });

  it('H29 because a proxy said no was never sent', () => {
    const cause = new Error('Proxy response (407) !== 200 when HTTP Tunneling');
    expect(readNetworkFault(fetchFailed(Object.assign(cause, { code: 'UND_ERR_ABORTED' })))).toEqual({
      maybeSent: false,
      isFinal: true,
      reason: 'the proxy answered HTTP 407',
    });
  });

  it('H29 is known by the words of the proxy, whatever code stands around them', () => {
    const cause = new Error('Proxy response (407) !== 200 when HTTP Tunneling');

    expect(
      readNetworkFault(Object.assign(new Error('request failed', { cause }), { code: 'ERR_REQUEST' })),
    ).toMatchObject({
      maybeSent: false,
      reason: 'the proxy answered HTTP 407',
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

  it('without a code is told in the words it began with', () => {
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
  ])('that tells nothing may have been sent (%#)', (error) => {
    expect(readNetworkFault(error)).toMatchObject({ maybeSent: true, isFinal: false });
  });

  it('whose causes go in circles is read all the same', () => {
    const error = new Error('round');
    error.cause = error;

    expect(readNetworkFault(error)).toMatchObject({ maybeSent: true });
  });
});
