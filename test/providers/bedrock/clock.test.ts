/**
 * K21: a wrong clock makes signatures invalid. The provider then signs once more with the time of the service, and nothing is charged
 * twice.
 */
import { expect, it } from 'vitest';
import { createBedrock } from '../../../src/providers/bedrock/index.ts';
import { encodeSketch } from '../../../src/testing/index.ts';
import { openCaptureServer } from '../support/wire-parity.ts';

const SECRET = 'secret/clock+0123456789abcdef';
const MINUTE = 60_000;

/** Whether the signature has the time of the service, within a minute. */
const signedAt = (date = '') =>
  Date.parse(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));

/** A service with a different clock, which refuses signatures more than five minutes off. */
async function serviceThatIs(minutes: number, { accepts = true } = {}) {
  const image = Buffer.from(await encodeSketch({ $image: 'png', width: 64, height: 64 })).toString('base64');
  return openCaptureServer(({ headers }, response) => {
    const now = Date.now() + minutes * MINUTE;
    const isFresh = Math.abs(signedAt(headers['x-amz-date']) - now) < 5 * MINUTE;
    const date = new Date(now).toUTCString();
    if (accepts && isFresh) {
      response.writeHead(200, { 'content-type': 'application/json', date });
      response.end(JSON.stringify({ images: [image], seeds: [1], finish_reasons: [null] }));
      return;
    }
    const kind = 'InvalidSignatureException:http://internal.amazon.com/coral/';
    response.writeHead(403, { 'content-type': 'application/json', 'x-amzn-errortype': kind, date });
    response.end(JSON.stringify({ message: 'Signature expired' }));
  });
}

const providerAt = (baseUrl: string) =>
  createBedrock({ region: 'us-west-2', baseUrl, accessKeyId: 'AKIACLOCK0123456789', secretAccessKey: SECRET });

it.each([-10, 10])(
  'K21: the provider corrects a clock that is %i minutes off by signing once more',
  async (minutes) => {
    await using service = await serviceThatIs(minutes);
    const provider = providerAt(service.origin);

    expect((await provider.generate({ prompt: 'a fox' })).images).toHaveLength(1);
    expect(service.captured).toHaveLength(2);
    // The correction is kept, so the first signature of the next call is valid.
    await provider.generate({ prompt: 'a fox' });
    expect(service.captured).toHaveLength(3);
  },
);

it('K21: when a second signature does not help, the error says how far the clock is off, and shows no secret', async () => {
  await using service = await serviceThatIs(10, { accepts: false });
  const call = providerAt(service.origin).generate({ prompt: 'a fox' });

  await expect(call).rejects.toMatchObject({ code: 'authentication', charged: 'no' });
  const error = (await call.catch((reason: unknown) => reason)) as Error & { readonly hint?: string };
  expect(`${error.message} ${error.hint}`).toMatch(/clock/i);
  expect(JSON.stringify([error, error.message, error.stack])).not.toContain(SECRET);
  expect(service.captured).toHaveLength(2);
});
