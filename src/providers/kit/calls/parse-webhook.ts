/**
 * Verifies and reads a webhook: its signature must be valid. A signed time may be five minutes off; without one, each state of a job is
 * accepted once.
 */
import { parseJsonText } from '../../../transport/body/json.ts';
import { AiImageError } from '../../protocol/errors.ts';
import type { WebhookHeaders } from '../../protocol/provider.ts';
import type { WebhookReport } from '../../protocol/webhook.ts';
import type { ProviderParts } from '../adapter/call-context.ts';
import type { WebhookProof } from '../adapter/webhook-definition.ts';
import { hookLabels } from '../hook-labels.ts';
import { toAiImageError } from '../response/translate-error.ts';
import { parseReply } from '../schema/parse.ts';

/** Older signatures could be replays. */
const MAX_AGE_SECONDS = 300;
/** How long published keys are cached. If a signature matches none of them, the keys are fetched again earlier. */
const KEYS_CACHE_MS = 24 * 60 * 60_000;
/** Minimum time between fetches: anyone can send a webhook with a wrong signature. */
const MIN_KEYS_REFRESH_MS = 60_000;
const KEYS_DEADLINE_MS = 10_000;
/** How many webhooks without a timestamp are remembered. */
const MAX_ACCEPTED = 10_000;
const MAX_BODY_BYTES = 4 * 1024 * 1024;

type Verifier = (message: Uint8Array<ArrayBuffer>, signature: Uint8Array<ArrayBuffer>) => Promise<boolean>;

/** The published keys of a vendor. */
interface KeyList {
  keys?: readonly CryptoKey[];
  /** When `keys` arrived. */
  readAt: number;
  /** When they were last requested. */
  requestedAt: number;
  pending?: Promise<void> | undefined;
  /** Why the last request failed. */
  error?: unknown;
}

/** By provider, then by URL. */
const keyLists = new WeakMap<object, Map<string, KeyList>>();
/** By provider: accepted webhooks that carry no timestamp. */
const accepted = new WeakMap<object, Set<string>>();

export async function parseWebhook(
  parts: ProviderParts,
  given: WebhookHeaders,
  rawBody: Uint8Array | string,
): Promise<WebhookReport> {
  const { definition, settings } = parts;
  const { about, webhook } = definition;
  const refuse = (code: 'authentication' | 'bad_response' | 'not_configured', message: string, hint: string) =>
    new AiImageError(code, `${about.id}: ${message}`, { provider: about.id, hint, charged: 'no' });
  if (webhook === undefined) throw new Error('this adapter has no webhooks'); // checked by the caller
  const bytes = typeof rawBody === 'string' ? new TextEncoder().encode(rawBody) : Uint8Array.from(rawBody);
  if (bytes.length > MAX_BODY_BYTES) {
    throw refuse(
      'bad_response',
      `the webhook has ${bytes.length} bytes`,
      `Reject it: a webhook of this vendor has at most ${MAX_BODY_BYTES} bytes.`,
    );
  }
  const text = new TextDecoder().decode(bytes);
  const proof = webhook.toProof({ headers: toRecord(given), text, sha256: await sha256Of(bytes), settings });
  if (proof === undefined) {
    const hint = 'Pass the original headers: without them the sender cannot be verified.';
    throw refuse('authentication', 'the webhook has no readable signature', hint);
  }
  if (proof.key.kind === 'hmac-sha256' && proof.key.secrets.length === 0) {
    const hint = 'Pass the secret that signs the webhooks as the setting webhookSecret.';
    throw refuse('not_configured', 'no webhook secret is set', hint);
  }
  if (proof.signedAt !== undefined && !(Math.abs(Date.now() / 1000 - proof.signedAt) <= MAX_AGE_SECONDS)) {
    const hint = 'Check the clock of this machine. An old webhook is rejected because it may be a replay.';
    throw refuse('authentication', 'the webhook was not signed within the last five minutes', hint);
  }
  if (!(await isGenuine(parts, proof))) {
    const secret = proof.key.kind === 'hmac-sha256' ? ', and check webhookSecret' : '';
    const hint = `Reply with status 401. If the webhook should be genuine, pass the unchanged bytes of the body${secret}.`;
    throw refuse('authentication', 'the webhook signature does not match', hint);
  }
  const report = webhook.toReport(parseReply(webhook.bodySchema, parseJson(text, refuse), about.id));
  if (proof.signedAt === undefined && !acceptOnce(parts, report)) {
    const hint = 'Reply with status 200, so that the vendor does not send it again. `error.cause` is its report.';
    const message = `${about.id}: this webhook was already accepted; without a timestamp it may be a replay`;
    // The signature is valid, so the report can be trusted.
    const cause = toSafeReport(parts, report);
    throw new AiImageError('invalid_request', message, { provider: about.id, hint, charged: 'no', cause });
  }
  return toSafeReport(parts, report);
}

function toSafeReport(
  { definition, transport }: ProviderParts,
  report: Omit<WebhookReport, 'provider'>,
): WebhookReport {
  const { message } = report;
  return {
    provider: definition.about.id,
    ...report,
    ...(message !== undefined && { message: transport.redact(message) }),
  };
}

/** Accepts a webhook without a timestamp once per state of a job, and none after the job has ended. */
function acceptOnce(parts: ProviderParts, { jobId, state }: Pick<WebhookReport, 'jobId' | 'state'>): boolean {
  const known = accepted.get(parts) ?? new Set<string>();
  accepted.set(parts, known);
  const hasEnded = known.has(`over ${jobId}`);
  const name = state === 'running' ? `running ${jobId}` : `over ${jobId}`;
  if (hasEnded || known.has(name)) return false;
  known.add(name);
  const [oldest] = known;
  if (known.size > MAX_ACCEPTED && oldest !== undefined) known.delete(oldest);
  return true;
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
    throw refuse(
      'bad_response',
      'the webhook is not JSON',
      'Its signature is valid, so the vendor sent it: look for a newer version of this package.',
    );
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
  if (key.kind === 'hmac-sha256') {
    return fits(await Promise.all(key.secrets.map((secret) => hmacVerifier(Uint8Array.from(secret)))));
  }
  const keys = await publishedKeys(parts, key.keysUrl, KEYS_CACHE_MS);
  if (await fits(keys.map(ed25519Verifier))) return true;
  const newer = await publishedKeys(parts, key.keysUrl, 0);
  return newer !== keys && fits(newer.map(ed25519Verifier));
}

/** Web Crypto compares in constant time. */
async function hmacVerifier(secret: Uint8Array<ArrayBuffer>): Promise<Verifier> {
  const key = await crypto.subtle.importKey('raw', secret, { name: 'HMAC', hash: 'SHA-256' }, false, ['verify']);
  return (message, signature) => crypto.subtle.verify('HMAC', key, signature, message);
}

function ed25519Verifier(key: CryptoKey): Verifier {
  return (message, signature) => crypto.subtle.verify('Ed25519', key, signature, message);
}

/** @param maxAgeMs fetches the keys again if they are older, but never too often @throws AiImageError the keys could not be fetched */
async function publishedKeys(parts: ProviderParts, keysUrl: string, maxAgeMs: number): Promise<readonly CryptoKey[]> {
  const lists = keyLists.get(parts) ?? new Map<string, KeyList>();
  keyLists.set(parts, lists);
  const never = Number.NEGATIVE_INFINITY;
  const list: KeyList = lists.get(keysUrl) ?? { readAt: never, requestedAt: never };
  lists.set(keysUrl, list);
  const now = performance.now();
  if (list.keys === undefined || now - list.readAt >= maxAgeMs) {
    if (list.pending === undefined && now - list.requestedAt >= MIN_KEYS_REFRESH_MS) {
      list.requestedAt = now;
      list.pending = fetchKeys(parts, keysUrl, list);
    }
    await list.pending;
  }
  if (list.keys === undefined) throw list.error;
  return list.keys;
}

/** Never rejects: an error is stored in the list. */
async function fetchKeys(parts: ProviderParts, keysUrl: string, list: KeyList): Promise<void> {
  const { definition, transport } = parts;
  const { about } = definition;
  try {
    const labels = await hookLabels(parts, {});
    const { bytes } = await transport.fetchLink(keysUrl, { deadlineMs: KEYS_DEADLINE_MS, maxRetries: 0, labels });
    const { keys = [] } = parseJsonText(new TextDecoder().decode(bytes)) as { readonly keys?: readonly JsonWebKey[] };
    const isEd25519 = ({ kty, crv }: JsonWebKey) => kty === 'OKP' && crv === 'Ed25519';
    list.keys = await Promise.all(
      keys
        .filter(isEd25519)
        .map(({ kty, crv, x }) =>
          crypto.subtle.importKey('jwk', { kty: kty!, crv: crv!, x: x! }, { name: 'Ed25519' }, false, ['verify']),
        ),
    );
    list.readAt = performance.now();
  } catch (error) {
    list.error = toAiImageError(error, { about, isBeforeSubmit: true });
  } finally {
    list.pending = undefined;
  }
}
