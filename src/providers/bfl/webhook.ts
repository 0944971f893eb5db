/** The vendor's call to the host when a job ends. Source: GitHub `black-forest-labs/skills` (2026-02-03); unverified, so poll the job as well. */
import { fromHex, type WebhookDefinition, webhookFeature } from '../kit/index.ts';
import { secretsOf } from '../kit/request/webhook-settings.ts';
import { type BflSettings, FAILED, REFUSED, webhookSchema } from './wire.ts';

export const webhook: WebhookDefinition<typeof webhookSchema, BflSettings> = {
  feature: webhookFeature,
  toProof: ({ headers, text, settings: { webhookSecret } }) => {
    const signature = fromHex((headers['x-bfl-signature'] ?? '').replace(/^sha256=/, ''));
    if (signature === undefined) return undefined;
    const secrets = secretsOf(webhookSecret).map((secret) => new TextEncoder().encode(secret));
    return { message: text, signatures: [signature], key: { kind: 'hmac-sha256', secrets } };
  },
  bodySchema: webhookSchema,
  toReport: ({ id: jobId, status, message, error }) => {
    if (status === 'Ready') return { jobId, state: 'done' };
    const isFailed = REFUSED.includes(status) || FAILED.includes(status);
    return isFailed ? { jobId, state: 'failed', message: message ?? error ?? status } : { jobId, state: 'running' };
  },
};
