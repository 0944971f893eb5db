/** AWS signatures, checked by an independent computation. */
import { createHash, createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { awsAuth, createTransport } from '../../../src/transport/index.ts';
import { draw, failureOf, json, movableClock, openAuthServer, type Seen, transportWith } from './support.ts';

const credentials = {
  accessKeyId: 'AKIAEXAMPLE',
  secretAccessKey: 'secret/key+0123456789',
  sessionToken: 'session-token-0123456789',
};
const source = { service: 'painting', region: 'us-west-2', credentials };
const MINUTE = 60_000;
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();

/** The signature that the server expects, from AWS's description of version 4. */
function expectedSignature({ method, path, headers, body }: Seen): string {
  const authorization = String(headers.authorization);
  const names = /SignedHeaders=([^,]+)/.exec(authorization)?.[1] ?? '';
  const date = String(headers['x-amz-date']);
  const [pathname = ''] = path.split('?');
  const encodedTwice = pathname.split('/').map(encodeURIComponent).join('/');
  const canonicalHeaders = names.split(';').map((name) => `${name}:${String(headers[name])}\n`);
  const canonical = [method, encodedTwice, '', canonicalHeaders.join(''), names, sha256(body)].join('\n');
  const scope = `${date.slice(0, 8)}/us-west-2/painting/aws4_request`;
  const toSign = ['AWS4-HMAC-SHA256', date, scope, sha256(canonical)].join('\n');
  const key = ['us-west-2', 'painting', 'aws4_request'].reduce<Buffer>(
    (last, part) => hmac(last, part),
    hmac(`AWS4${credentials.secretAccessKey}`, date.slice(0, 8)),
  );
  return createHmac('sha256', key).update(toSign).digest('hex');
}
const signatureOf = ({ headers }: Seen) => /Signature=([0-9a-f]+)$/.exec(String(headers.authorization))?.[1];
const dateOf = ({ headers }: Seen) => {
  const [, y, mo, d, h, mi, s] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(String(headers['x-amz-date'])) ?? [];
  return Date.UTC(Number(y), Number(mo) - 1, Number(d), Number(h), Number(mi), Number(s));
};

describe('a signed request', () => {
  it('has the signature that the service computes, also with an encoded path', async () => {
    const path = '/model/maker.model-v1%3A0/invoke';
    await using server = await openAuthServer({ [path]: (_, response) => json(response, {}) });
    const transport = createTransport({ baseUrl: server.origin, auth: awsAuth(source) });
    await transport.generateImageBytes({
      request: { method: 'POST', url: path, body: { kind: 'json', value: { prompt: 'ä' } } },
      locate: () => [],
    });
    const [seen] = server.seen;
    expect(signatureOf(seen!)).toBe(expectedSignature(seen!));
    expect(seen?.headers['x-amz-security-token']).toBe(credentials.sessionToken);
    expect(seen?.headers.authorization).toMatch(/Credential=AKIAEXAMPLE\/\d{8}\/us-west-2\/painting\/aws4_request/);
  });

  it('is signed again for each attempt, with fresh credentials from the caller’s function', async () => {
    let asked = 0;
    await using server = await openAuthServer({
      '/draw': (_, response, nth) =>
        nth === 1 ? void response.writeHead(429, { 'retry-after': '0' }).end() : json(response, {}),
    });
    const supplier = async () => ({ ...credentials, accessKeyId: `AKIA${++asked}` });
    await draw(transportWith(server, awsAuth({ ...source, credentials: supplier })));
    expect(server.seen.map(({ headers }) => /AKIA\d/.exec(String(headers.authorization))?.[0])).toEqual([
      'AKIA1',
      'AKIA2',
    ]);
  });

  it('never shows the secret in an error', async () => {
    await using server = await openAuthServer({
      '/draw': (_, response) =>
        json(response, { message: `bad ${credentials.secretAccessKey} and ${credentials.sessionToken}` }, 400),
    });
    const error = await failureOf(draw(transportWith(server, awsAuth(source))));
    expect(error.message).not.toContain(credentials.secretAccessKey);
    expect(error.message).not.toContain(credentials.sessionToken);
  });

  it('is not sent if the function returns no credentials', async () => {
    await using server = await openAuthServer({});
    const error = await failureOf(
      draw(transportWith(server, awsAuth({ ...source, credentials: () => ({}) as never }))),
    );
    expect(error.message).toMatch(/must return accessKeyId and secretAccessKey/);
    expect(server.seen).toHaveLength(0);
  });
});

describe('K21: a clock that is off', () => {
  const byTheServersClock = (seen: Seen) => Math.abs(dateOf(seen) - Date.now()) < 5 * MINUTE;
  const refuse = (response: Parameters<typeof json>[0]) =>
    json(response, { message: 'Signature expired' }, 403, {
      'x-amzn-errortype': 'InvalidSignatureException:http://internal',
    });

  it.each([-10 * MINUTE, 10 * MINUTE])(
    'by %d ms is corrected once by the server’s date, also for later calls',
    async (offMs) => {
      await using server = await openAuthServer({
        '/draw': (seen, response) => (byTheServersClock(seen) ? json(response, {}) : refuse(response)),
      });
      const clock = movableClock();
      clock.set(offMs);
      const transport = transportWith(server, awsAuth(source), clock);
      await draw(transport);
      await draw(transport);
      expect(server.seen).toHaveLength(3);
    },
  );

  it('is reported if that does not help, and nothing is sent a third time', async () => {
    await using server = await openAuthServer({ '/draw': (_, response) => refuse(response) });
    const clock = movableClock();
    clock.set(10 * MINUTE);
    const error = await failureOf(draw(transportWith(server, awsAuth(source), clock)));
    expect(error.message).toMatch(/clock of this machine is about 10 minutes ahead/);
    expect(server.seen).toHaveLength(2);
  });

  it('is not reported if the signature is wrong for another reason', async () => {
    await using server = await openAuthServer({ '/draw': (_, response) => refuse(response) });
    await failureOf(draw(transportWith(server, awsAuth(source))));
    expect(server.seen).toHaveLength(1);
  });
});
