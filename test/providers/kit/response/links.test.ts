/** The vendor's own links: handed out when asked for, with the day they die. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toLink } from '../../../../src/providers/kit/response/link-expiry.ts';
import { directProvider, jobProvider, startJobServer } from '../../../faults/job-vendor.ts';

const NOW = Date.UTC(2026, 10, 25, 12);

describe('the expiry of a link', () => {
  it.each([
    ['https://s3.test/a?X-Amz-Date=20261125T120000Z&X-Amz-Expires=3600&X-Amz-Signature=x', '2026-11-25T13:00:00.000Z'],
    ['https://gcs.test/a?X-Goog-Date=20261125T120000Z&X-Goog-Expires=60', '2026-11-25T12:01:00.000Z'],
    ['https://blob.test/a?se=2026-11-26T00%3A00%3A00Z&sig=x', '2026-11-26T00:00:00.000Z'],
    ['https://cdn.test/a?Expires=1795608000&Signature=x', '2026-11-25T12:00:00.000Z'],
    ['https://cdn.test/a?se=not-signed', undefined],
    ['https://cdn.test/a?Expires=99999999999999', undefined],
    ['https://cdn.test/a?X-Amz-Date=yesterday&X-Amz-Expires=60', undefined],
    ['not a link', undefined],
  ])('is read from %s', (url, expiresAt) => {
    expect(toLink(url, undefined, NOW)).toEqual(expiresAt === undefined ? { url } : { url, expiresAt });
  });

  it('comes from the vendor’s documentation if the link has none', () => {
    expect(toLink('https://cdn.test/a', 600_000, NOW).expiresAt).toBe('2026-11-25T12:10:00.000Z');
  });

  it('never causes an error', () => {
    fc.assert(
      fc.property(fc.webUrl({ withQueryParameters: true }), fc.string(), fc.string(), (base, first, second) => {
        const url = new URL(base);
        url.searchParams.set('X-Amz-Date', first);
        url.searchParams.set('X-Amz-Expires', second);
        url.searchParams.set('Expires', second);
        expect(toLink(url.href, undefined, NOW).url).toBe(url.href);
      }),
    );
  });
});

describe('an image', () => {
  it('has its link only if that was requested', async () => {
    const server = await startJobServer();
    const provider = jobProvider(server);
    const [plain] = (await provider.generate({ prompt: 'a fox' })).images;
    expect(plain).not.toHaveProperty('link');
    const [linked] = (await provider.generate({ prompt: 'a fox' }, { links: true })).images;
    expect(linked.link?.url).toMatch(new RegExp(`^${server.origin}/files/`));
  });

  it('has its link for a vendor without jobs too', async () => {
    const server = await startJobServer({
      submit: (hit) => hit.reply(200, { images: [{ link: `${server.origin}/files/1` }] }),
    });
    const [image] = (await directProvider(server).generate({ prompt: 'a fox' }, { links: true })).images;
    expect(image.link).toEqual({ url: `${server.origin}/files/1` });
  });
});
