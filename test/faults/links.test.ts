/** Links in vendor replies count as attacks until checked. All spellings are in test/transport/net/link-guard.test.ts. */
import { afterAll, describe, expect, it } from 'vitest';
import type { JobHandle } from '../../src/index.ts';
import { loopbackCertificate, loopbackKey } from '../transport/platform/loopback-cert.ts';
import { closeServers, head, startServer } from './hostile-server.ts';
import { directProvider } from './job-vendor.ts';
import { duration, failure, PROMPT, png } from './support.ts';

afterAll(closeServers);

const request = { prompt: PROMPT };

/** A vendor that answers with this link. `file` serves what the link points to on the same server. */
async function vendorWith(
  link: string | ((origin: string) => string),
  file: Parameters<typeof startServer>[0] = () => undefined,
) {
  const server = await startServer((hit, nth) => {
    if (hit.method !== 'POST') return file(hit, nth);
    hit.bill();
    return hit.reply(200, { images: [{ link: typeof link === 'string' ? link : link(`http://${hit.headers.host}`) }] });
  });
  return { server, provider: directProvider(server) };
}

describe('a link to the vendor itself with a user name and a password', () => {
  const withUser = (origin: string) => `${origin.replace('http://', 'http://canary:hunter2@')}/file.png`;

  it.each([
    ['the connection of the transport', undefined],
    ['the fetch of a host, which refuses such URLs', globalThis.fetch],
  ])('is followed without them by %s', async (_, fetch) => {
    const { server } = await vendorWith(withUser, (hit) => hit.reply(200, png(), { 'content-type': 'image/png' }));

    const { images } = await directProvider(server, { fetch }).generate(request);

    expect(images).toHaveLength(1);
    expect(server.hits.at(-1)).toMatchObject({ method: 'GET', path: '/file.png' });
    expect(server.hits.map(({ text }) => text).join('')).not.toMatch(/hunter2|aHVudGVyMg|Y2FuYXJ5Omh1bnRlcjI/);
  });

  it('is fetched with the credential of the call, if the server asks for one', async () => {
    const { server, provider } = await vendorWith(withUser, (hit) =>
      hit.headers.authorization === undefined
        ? hit.reply(401, 'who are you?')
        : hit.reply(200, png(), { 'content-type': 'image/png' }),
    );

    const { images } = await provider.generate(request);

    expect(images).toHaveLength(1);
    expect(server.hits.map(({ method }) => method)).toEqual(['POST', 'GET', 'GET']);
  });
});

describe('a link is not followed', () => {
  it.each([
    ['R02', 'http://169.254.169.254/latest/meta-data/'],
    ['R03', 'http://[::1]:8080/'],
    ['R04', 'http://[::ffff:a9fe:a9fe]/'],
    ['R05', 'http://2130706433/'],
    ['R06', 'http://localhost.:8080/'],
    ['R10', 'file:///etc/hostname'],
    ['R11', 'http://cdn.example.com/picture.png'],
    ['R14', 'https://0x7f.1/'],
    ['R14', 'https://[64:ff9b::7f00:1]/'],
    ['R14', '//169.254.169.254/'],
    ['R14', 'ht\ttps://127.0.0.1/'],
    ['R17', 'gopher://127.0.0.1/'],
  ])('%s %s', async (_id, link) => {
    const { server, provider } = await vendorWith(link);

    const error = await failure(provider.generate(request));

    expect(error).toMatchObject({ code: 'unsafe_url', charged: 'yes' });
    expect(server.hits).toHaveLength(1);
  });

  it('R01 R19: to another port of the machine that the vendor itself is on', async () => {
    const victim = await startServer((hit) => hit.reply(200, png()));
    const { provider } = await vendorWith(`${victim.origin}/admin`);

    expect(await failure(provider.generate(request))).toMatchObject({ code: 'unsafe_url' });
    expect(victim.connections()).toBe(0);
  });

  it.each([
    'http://169.254.169.254/',
    'file:///etc/passwd',
    'data:text/html,x',
    'gopher://127.0.0.1/',
    'http://[::1]/',
  ])('R08 R17: after a redirect either: %s', async (location) => {
    const { server, provider } = await vendorWith(
      (origin) => `${origin}/file`,
      (hit) => hit.reply(302, '', { location }),
    );

    expect(await failure(provider.generate(request))).toMatchObject({ code: 'unsafe_url' });
    expect(server.hits).toHaveLength(2);
  });

  it('R08: after a redirect to another port of the same machine', async () => {
    const victim = await startServer((hit) => hit.reply(200, png()));
    const { provider } = await vendorWith(
      (origin) => `${origin}/file`,
      (hit) => hit.reply(302, '', { location: `${victim.origin}/admin` }),
    );

    expect(await failure(provider.generate(request))).toMatchObject({ code: 'unsafe_url' });
    expect(victim.connections()).toBe(0);
  });

  it('R18: when its host is not in the list of allowed hosts', async () => {
    const server = await startServer((hit) => hit.reply(200, { images: [{ link: 'https://cdn.example.com/a.png' }] }));
    const provider = directProvider(server, { limits: { downloadHosts: ['files.vendor.example'] } });

    const error = await failure(provider.generate(request));

    expect(error).toMatchObject({ code: 'unsafe_url' });
    expect(error.message).toContain('allowed hosts');
  });

  it('R20: when a caller passes a private address as an input image', async () => {
    const victim = await startServer((hit) => hit.reply(200, png()));
    const server = await startServer((hit) => hit.reply(200, {}));
    const { openai } = await import('./support.ts');

    const error = await failure(openai(server).edit({ prompt: PROMPT, inputImages: [`${victim.origin}/picture.png`] }));

    expect(error).toMatchObject({ charged: 'no' });
    expect([victim.connections(), server.connections()]).toEqual([0, 0]);
  });
});

describe('a download', () => {
  it('R17: a download follows at most five redirects', async () => {
    const hops = async (count: number) => {
      const { server, provider } = await vendorWith(
        (origin) => `${origin}/1`,
        (hit) => {
          const hop = Number(hit.path.slice(1));
          if (hop > count) hit.reply(200, png());
          else hit.reply(302, '', { location: `/${hop + 1}` });
        },
      );
      const result = await provider.generate(request).catch((error: unknown) => error);
      return { result, fetched: server.hits.length - 1 };
    };

    expect((await hops(5)).result).toHaveProperty('images');
    expect(await hops(10)).toMatchObject({ result: { code: 'bad_response' }, fetched: 6 });
  });

  it('R12: a download without end stops at the size limit', async () => {
    const { provider: _, server } = await vendorWith(
      (origin) => `${origin}/endless`,
      (hit) => {
        hit.write(head(200, { 'content-type': 'image/png' }));
        const block = Buffer.alloc(65_536);
        const pour = () => {
          while (hit.socket.writable && hit.socket.write(block));
        };
        hit.socket.on('drain', pour);
        pour();
      },
    );
    const provider = directProvider(server, { limits: { maxImageBytes: 2e6 } });

    expect(await failure(provider.generate(request))).toMatchObject({ code: 'too_large', charged: 'yes' });
  });

  it('R13: a download that stalls ends at the deadline, and the error keeps its links', async () => {
    let isStalling = true;
    const { provider, server } = await vendorWith(
      (origin) => `${origin}/file.png?signature=canary`,
      (hit) => (isStalling ? hit.write(head(200, { 'content-length': '999' })) : hit.reply(200, png())),
    );
    const calling = failure(provider.generate(request, { deadlineMs: 500 }));

    expect(await duration(calling)).toBeLessThan(1_500);
    const error = await calling;
    expect(error).toMatchObject({ code: 'timeout', charged: 'yes' });
    expect(error.message).not.toContain('canary');

    isStalling = false;
    const { images } = await provider.resume!(JSON.parse(JSON.stringify(error.job)) as JobHandle);
    expect(images).toHaveLength(1);
    expect(server.bills()).toBe(1);
  });

  it('a download that breaks off is started again', async () => {
    let files = 0;
    const { provider, server } = await vendorWith(
      (origin) => `${origin}/file`,
      (hit) => {
        files++;
        if (files > 2) return hit.reply(200, png());
        hit.write(`${head(200, { 'content-length': '999' })}abc`);
        return files === 1 ? hit.reset() : void hit.socket.end();
      },
    );

    await provider.generate(request);

    expect([files, server.bills()]).toEqual([3, 1]);
  });

  it('a download from a host with an untrusted certificate is refused', async () => {
    const server = await startServer(() => undefined, { tls: { key: loopbackKey, cert: loopbackCertificate } });
    const error = await failure(directProvider(server).generate(request, { deadlineMs: 2_000 }));

    expect(error).toMatchObject({ code: 'unavailable', charged: 'no' });
  });

  it('a download of a file with an unrequested content encoding keeps the bytes unchanged', async () => {
    const { provider } = await vendorWith(
      (origin) => `${origin}/file`,
      (hit) => hit.reply(200, png(), { 'content-encoding': 'gzip' }),
    );

    expect((await provider.generate(request)).images).toHaveLength(1);
  });
});
