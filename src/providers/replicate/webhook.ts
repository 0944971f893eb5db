/** The vendor's call to the host about a job, signed according to "Standard Webhooks". Source: replicate.com/docs, "Webhooks". */
import { fromBase64, type WebhookDefinition, webhookFeature } from '../kit/index.ts';
import { secretsOf } from '../kit/request/webhook-settings.ts';
import { ENDED, messageOf } from './responses.ts';
import { type ReplicateSettings, submittedSchema } from './wire.ts';

export const webhook: WebhookDefinition<typeof submittedSchema, ReplicateSettings> = {
  feature: webhookFeature,
  toProof: ({ headers, text, settings: { webhookSecret } }) => {
    const { 'webhook-id': id, 'webhook-timestamp': at, 'webhook-signature': listed } = headers;
    const signatures = (listed ?? '').split(' ').flatMap((each) => {
      const bytes = each.startsWith('v1,') ? fromBase64(each.slice(3)) : undefined;
      return bytes === undefined ? [] : [bytes];
    });
    if (id === undefined || at === undefined || signatures.length === 0) return undefined;
    const secrets = secretsOf(webhookSecret).flatMap((secret) => fromBase64(secret.slice('whsec_'.length)) ?? []);
    return {
      message: `${id}.${at}.${text}`,
      signedAt: Number(at),
      signatures,
      key: { kind: 'hmac-sha256', secrets },
    };
  },
  bodySchema: submittedSchema,
  toReport: (prediction) => {
    const { id: jobId, status } = prediction;
    if (status === 'succeeded') return { jobId, state: 'done' };
    return ENDED.includes(status ?? '')
      ? { jobId, state: 'failed', message: messageOf(prediction) }
      : { jobId, state: 'running' };
  },
};
