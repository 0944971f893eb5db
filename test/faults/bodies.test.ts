/** Replies that arrived, may have been charged, and cannot be used as they are. */
import { createHash } from 'node:crypto';
import { deflateSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chunk, headerChunk, pngWith } from '../providers/kit/image/make-png.ts';
import { files, svg, text } from '../providers/kit/image/samples.ts';
import { startStopwatch } from '../support/stopwatch.ts';
import { closeServers, head, startServer } from './hostile-server.ts';
import { directProvider } from './job-vendor.ts';
import { base64, failure, loadAdapters, openai, openaiReply, PROMPT, png } from './support.ts';

beforeAll(loadAdapters);
afterAll(closeServers);

const request = { prompt: PROMPT };

/** A vendor that always returns these bytes. */
async function vendorOf(...results: readonly Uint8Array[]) {
  const server = await startServer((hit) => {
    hit.bill();
    hit.reply(200, { images: results.map((bytes) => ({ bytes: base64(bytes) })) });
  });
  return { server, provider: directProvider(server) };
}

describe('a reply with status 200', () => {
  it.each([
    ['B01', 'the HTML page of a portal', '<!doctype html><title>Sign in</title>', 'text/html'],
    ['B02', 'nothing', '', 'application/json'],
    ['B11', 'truncated JSON', '{"images":[{"bytes":"aGVsbG8', 'application/json'],
    ['B14', 'base64 with invalid characters', '{"images":[{"bytes":"aGV<<%%>>sbG8="}]}', 'application/json'],
    ['B15', 'base64 truncated inside a group', '{"images":[{"bytes":"aGVsb"}]}', 'application/json'],
    ['B17', '100,000 nested arrays', '['.repeat(100_000), 'application/json'],
    ['B18', 'an array in place of an object', '[1e400,-0,"NaN"]', 'application/json'],
  ])('%s with %s is unreadable, and the request is not sent again', async (_id, _what, body, type) => {
    const server = await startServer((hit) => {
      hit.bill();
      hit.reply(200, body, { 'content-type': type, 'x-request-id': 'req-b' });
    });

    const error = await failure(directProvider(server).generate(request));

    expect(['bad_response', 'too_large']).toContain(error.code);
    expect(error).toMatchObject({ charged: 'unknown', mayRetry: false, mayFailOver: false });
    expect(server.bills()).toBe(1);
  });

  it.each([
    ['B01', 'the HTML page of a portal', '<!doctype html><title>Sign in</title>', 'text/html'],
    ['B11', 'truncated JSON', '{"images":[{"bytes":"aGVsbG8', 'application/json'],
    ['B11', 'JSON truncated after an image', `{"images":[{"bytes":"${base64(png())}"}`, 'application/json'],
    ['O02', 'an empty object', '{}', 'application/json'],
    ['O02', 'an array', '[1,2]', 'application/json'],
    ['O02', 'a string', '"thanks"', 'application/json'],
    ['O02', 'an image with a wrong content type', 'GIF89a, not JSON', 'application/json'],
  ])('%s with %s is bad_response, and the unchanged reply is in quarantine', async (_id, _what, body, type) => {
    const server = await startServer((hit) => hit.reply(200, body, { 'content-type': type }));

    const error = await failure(directProvider(server).generate(request));

    expect(error).toMatchObject({ code: 'bad_response', charged: 'unknown' });
    expect(error.quarantine.map((bytes) => Buffer.from(bytes).toString())).toEqual([body]);
  });

  it.each(['aGV<<%%>>sbG8=', 'aGVsb'])(
    'B14 B15: a call quarantines base64 that cannot be decoded, unchanged: %s',
    async (broken) => {
      const whole = base64(png());
      const server = await startServer((hit) => hit.reply(200, { images: [{ bytes: broken }, { bytes: whole }] }));

      const { images, failures } = await directProvider(server).generate({ ...request, n: 2 });

      expect(images).toHaveLength(1);
      expect(failures.map(({ error }) => Buffer.from(error.quarantine[0] ?? '').toString())).toEqual([broken]);
    },
  );

  it('H23: a reply that breaks off is outcome_unknown, and the received part is in quarantine', async () => {
    const server = await startServer((hit) => {
      hit.bill();
      hit.write(
        `${head(200, { 'content-type': 'application/json', 'content-length': '5000' })}{"images":[{"bytes":"QUJD`,
      );
      hit.socket.end();
    });

    const error = await failure(directProvider(server).generate(request));

    expect(error).toMatchObject({ code: 'outcome_unknown', charged: 'unknown' });
    expect(Buffer.from(error.quarantine[0] ?? '').toString()).toBe('{"images":[{"bytes":"QUJD');
    expect(server.bills()).toBe(1);
  });

  it('B03: a reply with an error instead of images is bad_response with the vendor’s message, and may have been charged', async () => {
    const server = await startServer((hit) => hit.reply(200, { error: 'out of paint' }));

    const error = await failure(directProvider(server).generate(request));

    expect(error).toMatchObject({ code: 'bad_response', charged: 'unknown' });
    expect(error.message).toContain('out of paint');
  });

  it('B04: a reply without images is an error, and is charged once', async () => {
    const { server, provider } = await vendorOf();

    expect(await failure(provider.generate(request))).toMatchObject({ code: 'bad_response', mayFailOver: false });
    expect(server.bills()).toBe(1);
  });

  it('B12: a reply with a __proto__ key changes no prototype', async () => {
    const image = base64(png());
    const server = await startServer((hit) =>
      hit.reply(200, `{"__proto__":{"polluted":1},"images":[{"__proto__":{"polluted":1},"bytes":"${image}"}]}`, {
        'content-type': 'application/json',
      }),
    );

    await directProvider(server)
      .generate(request)
      .catch(() => undefined);

    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });

  it('B17: a reply with 1,000,000 keys is refused within a second', async () => {
    const keys = Array.from({ length: 1_000_000 }, (_, index) => `"k${index}":1`).join(',');
    const server = await startServer((hit) => hit.reply(200, `{${keys}}`, { 'content-type': 'application/json' }));
    const elapsedMs = startStopwatch();

    const error = await failure(directProvider(server).generate(request));

    expect(error.code).toBe('too_large');
    expect(elapsedMs()).toBeLessThan(2_000);
  });

  it('B09 B10: a reply with an endless JSON string is aborted at the size limit', async () => {
    const server = await startServer((hit) => {
      hit.write(`${head(200, { 'content-type': 'application/json' })}{"images":[{"bytes":"`);
      const block = 'QUJD'.repeat(16_384);
      const pour = () => {
        while (hit.socket.writable && hit.socket.write(block));
      };
      hit.socket.on('drain', pour);
      pour();
    });
    const provider = directProvider(server, { limits: { maxReplyBytes: 4e6, maxImageBytes: 3e6 } });

    expect(await failure(provider.generate(request))).toMatchObject({ code: 'too_large', charged: 'unknown' });
  });
});

describe('an image', () => {
  it('B05: an image that is truncated is an error, and its bytes are quarantined', async () => {
    const whole = png(64);
    const cut = whole.slice(0, Math.floor(whole.length * 0.6));
    const { server, provider } = await vendorOf(cut);

    const error = await failure(provider.generate(request));

    expect(error).toMatchObject({ code: 'bad_response', charged: 'yes' });
    expect(Buffer.compare(error.quarantine[0] ?? new Uint8Array(), cut)).toBe(0);
    expect(server.bills()).toBe(1);
  });

  it.each([
    ['B06', 'an HTML page', text('<!doctype html><title>x</title>')],
    ['B07', 'an unrequested SVG with a script', svg('<script>alert(1)</script>')],
    ['B07', 'an unrequested SVG without a script', svg()],
    ['B21', 'a TIFF', Buffer.concat([Buffer.from('II*\0'), Buffer.alloc(64)])],
    [
      'B13',
      'a bomb of 30000x30000 pixels',
      pngWith(headerChunk(30_000, 30_000, 8, 0), deflateSync(Buffer.alloc(50_000))),
    ],
  ])('%s that is %s is refused and quarantined', async (id, _what, bytes) => {
    const { server, provider } = await vendorOf(bytes);

    const error = await failure(provider.generate(request));

    expect(error).toMatchObject({ code: id === 'B13' ? 'too_large' : 'bad_response', charged: 'yes' });
    expect(error.quarantine).toHaveLength(1);
    expect(server.bills()).toBe(1);
  });

  it('B07: an image that is a scripted SVG is refused even when SVG was asked for', async () => {
    const { provider } = await vendorOf(svg('<script>alert(1)</script>'));

    expect(await failure(provider.generate({ ...request, format: 'svg' }))).toMatchObject({ code: 'bad_response' });
  });

  it('B21: an image that is an animation of more frames than allowed is refused', async () => {
    const frame = chunk('acTL', Buffer.from([0, 0, 0x27, 0x10, 0, 0, 0, 0]));
    const { provider } = await vendorOf(pngWith(headerChunk(8, 8, 8, 0), deflateSync(Buffer.alloc(72)), frame));

    expect(['bad_response', 'too_large']).toContain((await failure(provider.generate(request))).code);
  });

  it('B08: an image that is a JPEG declared as PNG is returned as a JPEG', async () => {
    const server = await startServer((hit) => {
      if (hit.method === 'POST') hit.reply(200, { images: [{ link: `http://${hit.headers.host}/a.png` }] });
      else hit.reply(200, files.jpeg, { 'content-type': 'image/png' });
    });

    const { images } = await directProvider(server).generate(request);

    expect(images[0]).toMatchObject({ format: 'jpeg', mediaType: 'image/jpeg' });
  });

  it('B19: an image of another size and format is returned with its real size and format and two warnings, and not requested again', async () => {
    const { server, provider } = await vendorOf(files.webp);

    const { images, warnings } = await provider.generate({ ...request, size: '64x64', format: 'png' });

    expect(images[0]).toMatchObject({ format: 'webp', width: 37, height: 23 });
    expect(warnings.map(({ code }) => code)).toEqual(['size_mismatch', 'format_mismatch']);
    expect(server.bills()).toBe(1);
  });

  it('B19: an image of another size is an error if the caller asked for one, and the image is quarantined', async () => {
    const { server, provider } = await vendorOf(files.webp);

    const error = await failure(provider.generate({ ...request, size: '64x64' }, { onMismatch: 'error' }));

    expect(error).toMatchObject({ code: 'bad_response', charged: 'yes' });
    expect(Buffer.compare(error.quarantine[0] ?? new Uint8Array(), files.webp)).toBe(0);
    expect(server.bills()).toBe(1);
  });

  it('B20: a call reports a missing image beside the others, and not requested again', async () => {
    const { server, provider } = await vendorOf(png(8), png(16), png(24));

    const { images, failures, warnings } = await provider.generate({ ...request, n: 4 });

    expect(images).toHaveLength(3);
    expect(failures.map(({ error }) => error.code)).toEqual(['no_image']);
    expect(warnings.map(({ code }) => code)).toContain('fewer_images');
    expect(server.bills()).toBe(1);
  });

  it('B20: an image with a broken link fails without affecting the others', async () => {
    const server = await startServer((hit) => {
      const link = (name: string) => ({ link: `http://${hit.headers.host}/${name}` });
      if (hit.method === 'POST') hit.reply(200, { images: [link('a'), link('b')] });
      else if (hit.path === '/a') hit.reply(404);
      else hit.reply(200, png());
    });

    const { images, failures } = await directProvider(server).generate({ ...request, n: 2 });

    expect(images).toHaveLength(1);
    expect(failures).toMatchObject([{ index: 0, error: { code: 'bad_response', status: 404, charged: 'yes' } }]);
  });

  it('B24: an image is returned byte for byte, with all its metadata', async () => {
    const image = pngWith(
      headerChunk(8, 8, 8, 0),
      deflateSync(Buffer.alloc(72)),
      chunk('caBX', Buffer.from('a manifest of provenance')),
      chunk('eXIf', Buffer.from('MM\0*\0\0\0\x08\0\0', 'latin1')),
    );
    const { provider } = await vendorOf(image);

    const { images } = await provider.generate(request);

    const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
    expect(sha256(images[0].imageBytes)).toBe(sha256(image));
  });

  it('B26: an image of 20 MB is within the default limits', async () => {
    const noise = Buffer.alloc(20e6, 0x5a);
    const image = pngWith(headerChunk(8, 8, 8, 0), deflateSync(Buffer.alloc(72)), chunk('tEXt', noise));
    const server = await startServer((hit) => hit.reply(200, openaiReply(image)));

    const { images } = await openai(server, { deadlineMs: 15_000 }).generate(request);

    expect(images[0].imageBytes).toHaveLength(image.length);
  });
});

it('a reply with far more results than requested is refused before they are downloaded', async () => {
  const server = await startServer((hit) => {
    const link = `http://${hit.headers.host}/a.png`;
    hit.reply(200, hit.method === 'POST' ? { images: Array.from({ length: 1_000 }, () => ({ link })) } : png());
  });

  expect(await failure(directProvider(server).generate(request))).toMatchObject({ code: 'too_large' });
  expect(server.hits).toHaveLength(1);
});
