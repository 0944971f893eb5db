/** The vendor's own call when a job ends. Source: https://developer.ideogram.ai/ideogram-api/webhooks (2026-11). */
import { fromHex, type WebhookDefinition } from '../kit/index.ts';
import { type Settings, webhookSchema } from './wire.ts';

export const webhook: WebhookDefinition<typeof webhookSchema, Settings> = {
  toProof: ({ headers, sha256, settings: { keysUrl } }) => {
    const parts = ['generation-id', 'user-id', 'timestamp'].map((name) => headers[`x-ideogram-webhook-${name}`]);
    const signature = fromHex(headers['x-ideogram-webhook-signature'] ?? '');
    if (signature === undefined || parts.some((part) => part === undefined)) return undefined;
    return {
      message: [...parts, sha256].join('\n'),
      signedAt: Number(parts[2]),
      signatures: [signature],
      key: { kind: 'ed25519', keysUrl },
    };
  },
  bodySchema: webhookSchema,
  toReport: ({ generation_id: jobId }) => ({ jobId, state: 'done' }),
};
