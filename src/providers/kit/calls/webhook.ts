/** A vendor's call to a host's server: believed only with a fresh signature that fits. */
import { parseJsonText } from '../../../transport/index.ts';
import { AiImageError } from '../../protocol/errors.ts';
import type { WebhookHeaders } from '../../protocol/provider.ts';
import type { WebhookReport } from '../../protocol/webhook.ts';
import type { ProviderParts } from '../adapter/call-context.ts';
import type { WebhookProof } from '../adapter/definition.ts';
import { toAiImageError } from '../response/translate-error.ts';
import { parseReply } from '../schema/parse.ts';

/** A signature that is older could be one that somebody recorded. */
const FRESH_SECONDS = 300;
/** How long published keys are kept. A signature that fits none of them may be of a newer key, so the list is asked for again before that. */
const KEYS_KEPT_MS = 24 * 60 * 60_000;
/** But never more often than this: anyone can send a webhook with a signature that does not fit. */
const KEYS_ASKED_EVERY_MS = 60_000;
const KEYS_DEADLINE_MS = 10_000;
/** How many webhooks without a time are remembered; the oldest is forgotten first. */
const MAX_ACCEPTED = 10_000;
const MAX_BODY_BYTES = 4 * 1024 * 1024;

type Verifier = (message: Uint8Array<ArrayBuffer>, signature: Uint8Array<ArrayBuffer>) => Promise<boolean>;

/** A list of keys that a vendor publishes. */
interface KeyList {
  keys?: readonly CryptoKey[];
  /** When `keys` came. */
  readAt: number;
  /** When it was last asked for. */
  askedAt: number;
  asking?: Promise<void> | undefined;
  /** Why it could not be had the last time. */
  error?: unknown;
}

/** By provider, and then by address. */
const keyLists = new WeakMap<object, Map<string, KeyList>>();
/** By provider: webhooks without a time that were accepted. */
const accepted = new WeakMap<object, Set<string>>();

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
  if (proof.key.kind === 'hmac-sha256' && proof.key.secrets.length === 0) {
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
  if (proof.signedAt === undefined && !acceptOnce(parts, report)) {
    const hint =
      'Answer it with status 200 if it is the vendor’s own repetition, and ask with resume how the job stands.';
    throw refuse(
      'authentication',
      'this webhook was accepted before: without a time in it, it may be a recorded one',
      hint,
    );
  }
  return {
    provider: about.id,
    ...report,
    ...(report.message !== undefined && { message: parts.transport.redact(report.message) }),
  };
}

/** What carries no time is good once for each state of a job, and nothing is good after its end. */
function acceptOnce(parts: ProviderParts, { jobId, state }: Pick<WebhookReport, 'jobId' | 'state'>): boolean {
  const known = accepted.get(parts) ?? new Set<string>();
  accepted.set(parts, known);
  const isOver = known.has(`over ${jobId}`);
  const name = state === 'running' ? `running ${jobId}` : `over ${jobId}`;
  if (isOver || known.has(name)) return false;
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
  if (key.kind === 'hmac-sha256') {
    return fits(await Promise.all(key.secrets.map((secret) => hmacVerifier(Uint8Array.from(secret)))));
  }
  const keys = await publishedKeys(parts, key.keysUrl, KEYS_KEPT_MS);
  if (await fits(keys.map(ed25519Verifier))) return true;
  const newer = await publishedKeys(parts, key.keysUrl, 0);
  return newer !== keys && fits(newer.map(ed25519Verifier));
}

/** The platform compares in constant time. */
async function hmacVerifier(secret: Uint8Array<ArrayBuffer>): Promise<Verifier> {
  const key = await crypto.subtle.importKey('raw', secret, { name: 'HMAC', hash: 'SHA-256' }, false, ['verify']);
  return (message, signature) => crypto.subtle.verify('HMAC', key, signature, message);
}

function ed25519Verifier(key: CryptoKey): Verifier {
  return (message, signature) => crypto.subtle.verify('Ed25519', key, signature, message);
}

/** @param maxAgeMs a list that is older is asked for anew, if that may be done already @throws AiImageError there is none to be had */
async function publishedKeys(parts: ProviderParts, keysUrl: string, maxAgeMs: number): Promise<readonly CryptoKey[]> {
  const lists = keyLists.get(parts) ?? new Map<string, KeyList>();
  keyLists.set(parts, lists);
  const never = Number.NEGATIVE_INFINITY;
  const list: KeyList = lists.get(keysUrl) ?? { readAt: never, askedAt: never };
  lists.set(keysUrl, list);
  const now = performance.now();
  if (list.keys === undefined || now - list.readAt >= maxAgeMs) {
    if (list.asking === undefined && now - list.askedAt >= KEYS_ASKED_EVERY_MS) {
      list.askedAt = now;
      list.asking = askForKeys(parts, keysUrl, list);
    }
    await list.asking;
  }
  if (list.keys === undefined) throw list.error;
  return list.keys;
}

/** Never rejects: what went wrong stands in the list. */
async function askForKeys(
  { definition: { about }, transport }: ProviderParts,
  keysUrl: string,
  list: KeyList,
): Promise<void> {
  try {
    const { bytes } = await transport.fetchLink(keysUrl, { deadlineMs: KEYS_DEADLINE_MS, maxRetries: 0 });
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
    list.asking = undefined;
  }
}
