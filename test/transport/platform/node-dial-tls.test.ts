import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { getCACertificates, setDefaultCACertificates, type TLSSocket } from 'node:tls';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { dial } from '../../../src/transport/platform/node.ts';
import { expiredCertificate, loopbackCertificate, loopbackKey } from './loopback-cert.ts';

const closers: (() => Promise<unknown>)[] = [];
const systemCertificates = getCACertificates('default');

afterEach(async () => {
  setDefaultCACertificates(systemCertificates);
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  for (const close of closers.splice(0)) await close();
});

/** An https server on 127.0.0.1 that remembers the names it was asked for. */
async function serve(cert: string) {
  const names: unknown[] = [];
  const server = createServer({ key: loopbackKey, cert }, (request, response) => {
    names.push((request.socket as TLSSocket).servername);
    response.end('bytes');
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  closers.push(() => new Promise((done) => server.close(done)));
  return { port: (server.address() as AddressInfo).port, names };
}

function dialLoopback(link: string): Promise<Response> {
  return dial(new URL(link), {
    signal: AbortSignal.timeout(5_000),
    headers: {},
    isAllowed: (address) => address === '127.0.0.1',
    lookup: async () => [{ address: '127.0.0.1', family: 4 }],
  });
}

function trust(certificate: string): void {
  setDefaultCACertificates([...systemCertificates, certificate]);
}

describe('dialling over TLS', () => {
  it('connects to the checked address and requests the certificate for the link’s host', async () => {
    trust(loopbackCertificate);
    const { port, names } = await serve(loopbackCertificate);
    expect(await (await dialLoopback(`https://cdn.example.com:${port}/`)).text()).toBe('bytes');
    expect(names).toEqual(['cdn.example.com']);
  });

  it('compares an IP address in the link with the addresses in the certificate', async () => {
    trust(loopbackCertificate);
    const { port, names } = await serve(loopbackCertificate);
    expect(await (await dialLoopback(`https://127.0.0.1:${port}/`)).text()).toBe('bytes');
    expect(names).toEqual([false]);
  });

  it.each([
    [
      'H24: a certificate for another host name',
      loopbackCertificate,
      'other.example.com',
      'ERR_TLS_CERT_ALTNAME_INVALID',
    ],
    ['H24: an expired certificate', expiredCertificate, 'cdn.example.com', 'CERT_HAS_EXPIRED'],
  ])('%s is refused before the request is sent', async (_name, certificate, host, code) => {
    trust(certificate);
    const { port, names } = await serve(certificate);
    await expect(dialLoopback(`https://${host}:${port}/`)).rejects.toMatchObject({ code });
    expect(names).toEqual([]);
  });

  it('H24: a self-signed certificate is refused, also if the environment disables checks', async () => {
    const { port, names } = await serve(loopbackCertificate);
    const refusal = { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' };
    await expect(dialLoopback(`https://cdn.example.com:${port}/`)).rejects.toMatchObject(refusal);
    vi.spyOn(process, 'emitWarning').mockReturnValue(); // Node warns that the variable is dangerous
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    await expect(dialLoopback(`https://cdn.example.com:${port}/`)).rejects.toMatchObject(refusal);
    expect(names).toEqual([]);
  });
});
