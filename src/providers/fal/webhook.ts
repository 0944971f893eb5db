/** The vendor's call to the host when a job ends. Source: docs.fal.ai, "Webhooks". */
import { ed25519Proof } from '../kit/families/ed25519-webhooks.ts';
import { type WebhookDefinition, webhookFeature } from '../kit/index.ts';
import { type FalSettings, webhookSchema } from './wire.ts';

export const webhook: WebhookDefinition<typeof webhookSchema, FalSettings> = {
  feature: webhookFeature,
  toProof: (hook) =>
    ed25519Proof(hook, 'x-fal-webhook-', 'request-id', `${hook.settings.storageUrl}/.well-known/jwks.json`),
  bodySchema: webhookSchema,
  toReport: ({ request_id: jobId, status, error }) =>
    status === 'OK' ? { jobId, state: 'done' } : { jobId, state: 'failed', message: error ?? 'no reason given' },
};
