/** A test of a host app that forgot to mock a request learns it at once, and not at the deadline of the call. */
import nock from 'nock';
import { afterAll, describe, expect, it } from 'vitest';
import { failingCall, imageIsKept, path, reply } from './support/failing-call.ts';

afterAll(() => nock.restore());

describe('a host app that mocks the API and not the link of the image', () => {
  it.each([
    ['allows no other connection', false, 'nock has no reply for this request'],
    ['has other replies for the host', true, 'HTTP 501'],
  ])('fails without a retry where nock %s', async (_, hasHost, reason) => {
    nock('https://api.ideogram.ai')
      .post(new RegExp(`^${path}`))
      .reply(200, reply);
    if (hasHost) nock('https://8.8.8.8').get('/wolf').reply(200, '');
    nock.disableNetConnect();
    const { error, retries } = await failingCall('ideogram').finally(() => {
      nock.cleanAll();
      nock.enableNetConnect();
    });

    expect(error).toMatchObject({ ...imageIsKept, message: expect.stringContaining(reason) });
    expect(retries).toBe(0);
    expect(error.message).not.toContain('hidden');
  });
});

describe('a host app that does not mock the API', () => {
  it('learns from nock that nothing was sent, without a retry', async () => {
    nock.disableNetConnect();
    const { error, retries } = await failingCall('openai').finally(() => {
      nock.enableNetConnect();
    });

    expect(error).toMatchObject({ code: 'unavailable', charged: 'no' });
    expect(error.message).toContain('nock has no reply for this request');
    expect(retries).toBe(0);
  });
});
