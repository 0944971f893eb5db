/** Black Forest Labs signs the raw body with the caller's own secret (unverified). */
import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createBfl } from '../../../src/providers/bfl/index.ts';

const SECRET = 'bfl-hook-0123456789';
const provider = createBfl({ apiKey: 'bfl-0123456789', webhookSecret: SECRET });
const body = JSON.stringify({ id: 'job-1', status: 'Ready', result: { sample: 'https://elsewhere.example/a.png' } });
const signed = (text: string, secret = SECRET) => ({
  'X-BFL-Signature': `sha256=${createHmac('sha256', secret).update(text).digest('hex')}`,
});

describe('a webhook of bfl', () => {
  it('is accepted, and the link in it is not followed (W08)', async () => {
    expect(await provider.parseWebhook!(signed(body), body)).toEqual({
      provider: 'bfl',
      jobId: 'job-1',
      state: 'done',
    });
  });

  it.each([
    ['Request Moderated', 'failed'],
    ['Error', 'failed'],
    ['Pending', 'running'],
  ])('translates the status %s', async (status, state) => {
    const text = JSON.stringify({ id: `job of ${status}`, status });
    expect(await provider.parseWebhook!(signed(text), text)).toMatchObject({ jobId: `job of ${status}`, state });
  });

  it.each([
    ['W01 without a signature', {}, body],
    ['W02 signed with another secret', signed(body, 'another-0123456789'), body],
    ['W03 with a signature of a reformatted body', signed(body), JSON.stringify(JSON.parse(body), null, 1)],
  ])('is refused %s', async (_, headers, text) => {
    await expect(provider.parseWebhook!(headers, text)).rejects.toMatchObject({ code: 'authentication' });
  });

  it('is refused without a secret to verify it with', async () => {
    const { parseWebhook } = createBfl({ apiKey: 'bfl-0123456789' });
    await expect(parseWebhook!(signed(body), body)).rejects.toMatchObject({ code: 'not_configured' });
  });
});
