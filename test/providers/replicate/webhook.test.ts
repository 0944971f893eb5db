/** Replicate signs as "Standard Webhooks" says, under a secret of the account. */
import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createReplicate } from '../../../src/providers/replicate/index.ts';

const SECRET = `whsec_${Buffer.from('replicate-hook-0123456789').toString('base64')}`;
const provider = createReplicate({ apiKey: 'r8_hook0123456789', webhookSecret: SECRET });
const now = () => Math.floor(Date.now() / 1000);
const body = JSON.stringify({
  id: 'p1',
  status: 'succeeded',
  output: ['https://elsewhere.example/a.png'],
  error: null,
});

function signed(text: string, { secret = SECRET, at = now() } = {}) {
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
  const signature = createHmac('sha256', key).update(`msg_1.${at}.${text}`).digest('base64');
  return { 'webhook-id': 'msg_1', 'webhook-timestamp': String(at), 'webhook-signature': `v1,AAAA v1,${signature}` };
}

describe('a webhook of replicate', () => {
  it('is read when one of its signatures fits, and the link in it is not followed (W08)', async () => {
    expect(await provider.parseWebhook!(signed(body), body)).toEqual({
      provider: 'replicate',
      jobId: 'p1',
      state: 'done',
    });
  });

  it.each([
    ['starting', 'running'],
    ['processing', 'running'],
    ['failed', 'failed'],
    ['canceled', 'failed'],
    ['aborted', 'failed'],
  ])('says what %s means', async (status, state) => {
    const text = JSON.stringify({ id: 'p1', status, error: state === 'failed' ? 'out of memory' : null });
    expect(await provider.parseWebhook!(signed(text), text)).toMatchObject({ jobId: 'p1', state });
  });

  it.each([
    ['W01 without a signature', {}, body],
    ['W02 under another secret', signed(body, { secret: `whsec_${btoa('another-0123456789')}` }), body],
    ['W02 with nonsense for a signature', { ...signed(body), 'webhook-signature': 'v1,%%%' }, body],
    ['W03 over another spelling of the body', signed(body), JSON.stringify(JSON.parse(body), null, 1)],
    ['W05 signed six minutes ago', signed(body, { at: now() - 360 }), body],
    ['W05 signed six minutes ahead', signed(body, { at: now() + 360 }), body],
    ['under another id', { ...signed(body), 'webhook-id': 'msg_2' }, body],
  ])('is not believed %s', async (_, headers, text) => {
    await expect(provider.parseWebhook!(headers, text)).rejects.toMatchObject({ code: 'authentication' });
  });

  it('is not believed without a secret to check it with', async () => {
    const { parseWebhook } = createReplicate({ apiKey: 'r8_hook0123456789' });
    await expect(parseWebhook!(signed(body), body)).rejects.toMatchObject({ code: 'not_configured' });
  });

  it('refuses a secret that is none', () => {
    const settings = { apiKey: 'r8_hook0123456789', webhookSecret: 'abc' };
    expect(() => createReplicate(settings)).toThrow(expect.objectContaining({ code: 'not_configured' }));
  });
});
