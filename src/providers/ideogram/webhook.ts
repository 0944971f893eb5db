/** The vendor's call to the host when a job ends. Source: https://developer.ideogram.ai/ideogram-api/webhooks (2026-11). */
import { ed25519Proof } from '../kit/families/ed25519-webhooks.ts';
import { type WebhookDefinition, webhookFeature } from '../kit/index.ts';
import { type IdeogramSettings, webhookSchema } from './wire.ts';

export const webhook: WebhookDefinition<typeof webhookSchema, IdeogramSettings> = {
  feature: webhookFeature,
  toProof: (hook) => ed25519Proof(hook, 'x-ideogram-webhook-', 'generation-id', hook.settings.keysUrl),
  bodySchema: webhookSchema,
  toReport: ({ generation_id: jobId }) => ({ jobId, state: 'done' }),
};
