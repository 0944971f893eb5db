/** How an adapter verifies and reads webhooks: requests that the vendor sends to the host app's server. */
import type * as z from 'zod/mini';
import type { WebhookReport } from '../../protocol/webhook.ts';
import type { FeatureLoader } from './feature-loader.ts';

/** What a webhook says about a job. */
export type ReadWebhook = Omit<WebhookReport, 'provider'>;

/** The signature of a webhook. Texts are signed as UTF-8. */
export interface WebhookProof {
  /** The text that was signed. */
  readonly message: string;
  /**
   * When it was signed, in seconds since the epoch. More than five minutes off is rejected. Without it, each webhook is accepted once.
   */
  readonly signedAt?: number | undefined;
  /** One of them must match. */
  readonly signatures: readonly Uint8Array[];
  /** `hmac-sha256`: signed with one of the host's secrets. `ed25519`: with a key that the vendor publishes at this URL as a JWK set. */
  readonly key:
    | { readonly kind: 'hmac-sha256'; readonly secrets: readonly Uint8Array[] }
    | { readonly kind: 'ed25519'; readonly keysUrl: string };
}

export interface WebhookDefinition<Body extends z.ZodMiniType, Own> {
  readonly feature: FeatureLoader<'webhook'>;
  /**
   * @param hook.headers names in lower case
   * @param hook.text the raw body
   * @param hook.sha256 SHA-256 of the raw body in lower-case hex
   * @returns `undefined` if a header is missing or malformed
   */
  readonly toProof: (hook: {
    readonly headers: Readonly<Record<string, string>>;
    readonly text: string;
    readonly sha256: string;
    readonly settings: Own;
  }) => WebhookProof | undefined;
  readonly bodySchema: Body;
  readonly toReport: (body: z.output<Body>) => ReadWebhook;
}
