import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readJson } from '../../../src/transport/body/json.ts';
import type { BlobKeys } from '../../../src/transport/body/limits.ts';
import { withCompileCache } from '../../support/temporary-root.ts';
import { endlessly, type Handler, pour, reply, serve } from './loopback.ts';

const MIB = 1024 * 1024;
const blobs: BlobKeys = new Map([['b64_json', 'base64']]);

describe('reading JSON from a server', () => {
  it('returns a small document', async () => {
    const { value } = await readJson(await reply((response) => response.end('{"status":"queued"}')));

    expect(value).toEqual({ status: 'queued' });
  });

  it('B26: the JSON reader returns an image of 20 MB from a body of 28 MB, with the default limits', async () => {
    const image = randomBytes(20 * MIB);
    const body = `{"created":1,"data":[{"b64_json":"${image.toString('base64')}"}],"usage":{"total":7}}`;
    expect(body.length).toBeGreaterThan(27_900_000);
    for (const mayReclaim of [true, false]) {
      const { value } = await readJson(await reply((response) => response.end(body)), { blobs, mayReclaim });
      const read = value as {
        data: [{ b64_json: Uint8Array }];
        usage: unknown;
      };
      expect(Buffer.compare(read.data[0].b64_json, image)).toBe(0);
      const slack = new Uint8Array(read.data[0].b64_json.buffer, image.length);
      expect(slack.length).toBeLessThan(100); // what follows the picture in the document, and no more
      expect(slack.every((byte) => byte === 0)).toBe(true);
      expect(read.usage).toEqual({ total: 7 });
    }
  });

  it('returns four images from one body, compressed or not', async () => {
    const images = Array.from({ length: 4 }, (_, index) => randomBytes(700_000 + index));
    const body = JSON.stringify({ data: images.map((image) => ({ b64_json: image.toString('base64') })) });
    const gzipped = gzipSync(body, { level: 1 });
    for (const response of [
      await reply((response) => response.end(body)),
      await reply((response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipped)),
    ]) {
      const { value } = await readJson(response, { blobs });
      const read = value as { data: { b64_json: Uint8Array }[] };
      expect(read.data.map(({ b64_json }) => Buffer.from(b64_json).equals(images.shift() ?? b64_json))).toEqual([
        true,
        true,
        true,
        true,
      ]);
      images.push(...read.data.map(({ b64_json }) => Buffer.from(b64_json)));
    }
  });

  it.each([
    ['B01', '<html>Sign in</html>', 'the body is an HTML page, not JSON'],
    ['B02', '', 'the body is empty'],
    ['B11', '{"data":[{"b64_json":"AAEC', 'the JSON ends in the middle, after 26 bytes'],
  ])('%s reports what is wrong with %j', async (_, body, message) => {
    const response = await reply((response) => response.writeHead(200, { 'content-length': body.length }).end(body));
    await expect(readJson(response, { blobs })).rejects.toMatchObject({ fault: 'unreadable', message });
  });

  it('closes the connection at the limit if a blob is broken and endless', async () => {
    const { url, clientGone } = await serve((response) => {
      response.write('{"b64_json":"AAEC');
      pour(response, endlessly(Buffer.alloc(65_536, '!')));
    });
    const limits = { maxBlobBytes: 1_000_000 };
    await expect(readJson(await fetch(url), { blobs, limits })).rejects.toMatchObject({ fault: 'too_large' });
    await clientGone;
  });
});

/** Memory is measured in a process that does nothing else. */
describe('memory', { timeout: 300_000 }, () => {
  const platform = new URL('../../../src/transport/platform/node.ts', import.meta.url).href;
  const hook = `import { registerHooks } from 'node:module';
    registerHooks({ resolve: (name, context, next) => next(name === '#platform' ? '${platform}' : name, context) });`;

  /** A late collection only adds to what a body needs, so one of three runs below the limit shows that the limit holds. */
  async function expectGrowthBelow(maxMiB: number, expected: string, handler: Handler): Promise<void> {
    const growths: number[] = [];
    while (growths.length < 3) {
      const { outcome, grownMiB } = await measure(handler);
      expect(outcome).toBe(expected);
      growths.push(grownMiB);
      if (grownMiB < maxMiB) return;
    }
    expect.fail(`The memory grew by ${growths.join(', ')} MiB in three runs, and at most ${maxMiB} MiB are allowed.`);
  }

  async function measure(handler: Handler): Promise<{ outcome: string; grownMiB: number }> {
    const { url } = await serve((response, request) =>
      request.url === '/warm' ? void response.end('{}') : handler(response, request),
    );
    const program = fileURLToPath(new URL('./measure-read.ts', import.meta.url));
    // Garbage that is not collected yet counts too, so little of it may wait.
    const options = [
      '--no-warnings',
      '--max-semi-space-size=2',
      '--import',
      `data:text/javascript,${encodeURIComponent(hook)}`,
      program,
      url,
    ];
    const env = { ...process.env, ...withCompileCache() };
    return JSON.parse((await promisify(execFile)(process.execPath, options, { env })).stdout);
  }

  it('B09: memory use grows by at most the limit and 48 MB for an endless string', async () => {
    for (const key of ['text', 'b64_json']) {
      await expectGrowthBelow(96 + 48, 'too_large', (response) => {
        response.write(`{"${key}":"`);
        pour(response, endlessly(Buffer.alloc(65_536, 'x')));
      });
    }
  });

  it('B10: memory use grows by at most the limit and 48 MB for half a megabyte of gzip that expands to 512 MB', async () => {
    const start = gzipSync('{"text":"');
    const member = gzipSync(Buffer.alloc(MIB, 'x'));
    const bomb = Buffer.concat([start, ...Array.from({ length: 512 }, () => member)]);
    expect(bomb.length).toBeLessThan(0.6 * MIB);
    await expectGrowthBelow(96 + 48, 'too_large', (response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb),
    );
  });

  it('grows by less than four times the bytes of one large image', async () => {
    const body = Buffer.from(`{"b64_json":"${randomBytes(24 * MIB).toString('base64')}"}`);
    await expectGrowthBelow(96, `${24 * MIB} bytes`, (response) =>
      response.writeHead(200, { 'content-length': body.length }).end(body),
    );
  });
});
