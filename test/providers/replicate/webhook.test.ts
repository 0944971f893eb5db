/** Replicate signs as described in "Standard Webhooks", with a secret of the account. */
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
  it('is accepted when one of its signatures matches, and the link in it is not followed (W08)', async () => {
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
  ])('translates the status %s', async (status, state) => {
    const text = JSON.stringify({ id: 'p1', status, error: state === 'failed' ? 'out of memory' : null });
    expect(await provider.parseWebhook!(signed(text), text)).toMatchObject({ jobId: 'p1', state });
  });

  it.each([
    ['W01 without a signature', {}, body],
    ['W02 signed with another secret', signed(body, { secret: `whsec_${btoa('another-0123456789')}` }), body],
    ['W02 with an invalid signature', { ...signed(body), 'webhook-signature': 'v1,%%%' }, body],
    ['W03 with a signature of a reformatted body', signed(body), JSON.stringify(JSON.parse(body), null, 1)],
    ['W05 signed six minutes ago', signed(body, { at: now() - 360 }), body],
    ['W05 signed six minutes ahead', signed(body, { at: now() + 360 }), body],
    ['with another id', { ...signed(body), 'webhook-id': 'msg_2' }, body],
  ])('is refused %s', async (_, headers, text) => {
    await expect(provider.parseWebhook!(headers, text)).rejects.toMatchObject({ code: 'authentication' });
  });

  it('is refused without a secret to verify it with', async () => {
    const { parseWebhook } = createReplicate({ apiKey: 'r8_hook0123456789' });
    await expect(parseWebhook!(signed(body), body)).rejects.toMatchObject({ code: 'not_configured' });
  });

  it('refuses an invalid secret', () => {
    const settings = { apiKey: 'r8_hook0123456789', webhookSecret: 'abc' };
    expect(() => createReplicate(settings)).toThrow(expect.objectContaining({ code: 'not_configured' }));
  });
});
