/** The vendor's own call when a job ends. Source: docs.fal.ai, "Webhooks". */
import { fromHex, type WebhookDefinition } from '../kit/index.ts';
import { type Settings, webhookSchema } from './wire.ts';

export const webhook: WebhookDefinition<typeof webhookSchema, Settings> = {
  toProof: ({ headers, sha256, settings: { storageUrl } }) => {
    const parts = ['request-id', 'user-id', 'timestamp'].map((name) => headers[`x-fal-webhook-${name}`]);
    const signature = fromHex(headers['x-fal-webhook-signature'] ?? '');
    if (signature === undefined || parts.some((part) => part === undefined)) return undefined;
    return {
      message: [...parts, sha256].join('\n'),
      signedAt: Number(parts[2]),
      signatures: [signature],
      key: { kind: 'ed25519', keysUrl: `${storageUrl}/.well-known/jwks.json` },
    };
  },
  bodySchema: webhookSchema,
  toReport: ({ request_id: jobId, status, error }) =>
    status === 'OK' ? { jobId, state: 'done' } : { jobId, state: 'failed', message: error ?? 'no reason given' },
};
