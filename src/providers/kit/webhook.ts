/** A vendor's call to a host's server: believed only with a fresh signature that fits. */
import { parseJsonText } from '../../transport/index.ts';
import { AiImageError } from '../protocol/errors.ts';
import type { WebhookHeaders } from '../protocol/provider.ts';
import type { WebhookReport } from '../protocol/webhook.ts';
import type { WebhookProof } from './definition.ts';
import { parseReply } from './parse.ts';
import type { ProviderParts } from './running.ts';
import { toAiImageError } from './translate-error.ts';

/** A signature that is older could be one that somebody recorded. */
const FRESH_SECONDS = 300;
/** How long published keys are kept; a key that does not fit is looked for anew, so that a change is noticed at once. */
const KEYS_KEPT_MS = 24 * 60 * 60_000;
const MAX_BODY_BYTES = 4 * 1024 * 1024;

type Verifier = (message: Uint8Array<ArrayBuffer>, signature: Uint8Array<ArrayBuffer>) => Promise<boolean>;

const keysOf = new WeakMap<object, { readonly at: number; readonly keys: readonly CryptoKey[] }>();

export async function parseWebhook(
  parts: ProviderParts,
  given: WebhookHeaders,
  rawBody: Uint8Array | string,
): Promise<WebhookReport> {
  const { definition, settings } = parts;
  const { about, webhook } = definition;
  const refuse = (
    code: 'unsupported' | 'authentication' | 'bad_response' | 'not_configured',
    message: string,
    hint: string,
  ) => new AiImageError(code, `${about.id}: ${message}`, { provider: about.id, hint, charged: 'no' });
  if (webhook === undefined) throw refuse('unsupported', 'this vendor has no webhooks', 'Ask with resume.');
  const bytes = typeof rawBody === 'string' ? new TextEncoder().encode(rawBody) : Uint8Array.from(rawBody);
  if (bytes.length > MAX_BODY_BYTES) {
    throw refuse('bad_response', `the webhook has ${bytes.length} bytes`, `At most ${MAX_BODY_BYTES} are read.`);
  }
  const text = new TextDecoder().decode(bytes);
  const proof = webhook.toProof({ headers: toRecord(given), text, sha256: await sha256Of(bytes), settings });
  if (proof === undefined) {
    const hint = 'Pass the headers as they came; without them nobody knows who sent it.';
    throw refuse('authentication', 'the webhook carries no signature that can be read', hint);
  }
  if (proof.key.kind === 'hmac-sha256' && proof.key.secret === undefined) {
    const hint = 'Pass the secret that the vendor signs with as the setting webhookSecret.';
    throw refuse('not_configured', 'there is no secret to check the webhook with', hint);
  }
  if (proof.signedAt !== undefined && !(Math.abs(Date.now() / 1000 - proof.signedAt) <= FRESH_SECONDS)) {
    const hint = 'Check the clock of this machine; an old webhook is not answered, it may have been recorded.';
    throw refuse('authentication', 'the webhook was not signed within the last five minutes', hint);
  }
  if (!(await isGenuine(parts, proof))) {
    const hint = 'Pass the body byte for byte as it came, and check the secret.';
    throw refuse('authentication', 'the webhook’s signature does not fit', hint);
  }
  const report = webhook.toReport(parseReply(webhook.bodySchema, parseJson(text, refuse), about.id));
  return {
    provider: about.id,
    ...report,
    ...(report.message !== undefined && { message: parts.transport.redact(report.message) }),
  };
}

function toRecord(headers: WebhookHeaders): Record<string, string> {
  const pairs = headers instanceof Headers ? [...headers] : Object.entries(headers);
  return Object.fromEntries(
    pairs.flatMap(([name, value]) => (value === undefined ? [] : [[name.toLowerCase(), String(value)]])),
  );
}

async function sha256Of(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function parseJson(
  text: string,
  refuse: (code: 'bad_response', message: string, hint: string) => AiImageError,
): unknown {
  try {
    return parseJsonText(text);
  } catch {
    throw refuse('bad_response', 'the webhook is no JSON', 'It may not come from this vendor’s webhooks.');
  }
}

async function isGenuine(parts: ProviderParts, { key, message, signatures }: WebhookProof): Promise<boolean> {
  const signed = new TextEncoder().encode(message);
  const fits = async (verifiers: readonly Verifier[]) => {
    for (const verify of verifiers) {
      for (const signature of signatures) if (await verify(signed, Uint8Array.from(signature))) return true;
    }
    return false;
  };
  if (key.kind === 'hmac-sha256') return fits([await hmacVerifier(Uint8Array.from(key.secret ?? []))]);
  const { keys, areFresh } = await publishedKeys(parts, key.keysUrl);
  if (await fits(keys.map(ed25519Verifier))) return true;
  if (areFresh) return false;
  keysOf.delete(parts.transport);
  return fits((await publishedKeys(parts, key.keysUrl)).keys.map(ed25519Verifier));
}

/** The platform compares in constant time. */
async function hmacVerifier(secret: Uint8Array<ArrayBuffer>): Promise<Verifier> {
  const key = await crypto.subtle.importKey('raw', secret, { name: 'HMAC', hash: 'SHA-256' }, false, ['verify']);
  return (message, signature) => crypto.subtle.verify('HMAC', key, signature, message);
}

function ed25519Verifier(key: CryptoKey): Verifier {
  return (message, signature) => crypto.subtle.verify('Ed25519', key, signature, message);
}

async function publishedKeys(
  { definition: { about }, transport }: ProviderParts,
  keysUrl: string,
): Promise<{ readonly keys: readonly CryptoKey[]; readonly areFresh: boolean }> {
  const known = keysOf.get(transport);
  if (known !== undefined && performance.now() - known.at < KEYS_KEPT_MS) return { keys: known.keys, areFresh: false };
  const { bytes } = await transport.fetchLink(keysUrl).catch((error: unknown) => {
    throw toAiImageError(error, { about, isBeforeSubmit: true });
  });
  const { keys = [] } = parseJsonText(new TextDecoder().decode(bytes)) as { readonly keys?: readonly JsonWebKey[] };
  const imported = await Promise.all(
    keys
      .filter(({ kty, crv }) => kty === 'OKP' && crv === 'Ed25519')
      .map(({ kty, crv, x }) =>
        crypto.subtle.importKey('jwk', { kty: kty!, crv: crv!, x: x! }, { name: 'Ed25519' }, false, ['verify']),
      ),
  );
  keysOf.set(transport, { at: performance.now(), keys: imported });
  return { keys: imported, areFresh: true };
}
