/** Sends records to an address as signed JSON. The signature is that of Standard Webhooks. Source: standardwebhooks.com, specification 1.0. */
import { createHash, createHmac } from 'node:crypto';
import { AiImageError } from '../../providers/protocol/errors.ts';
import type { UsageRecord } from '../usage-record.ts';
import type { UsageSink } from '../usage-sink.ts';

export interface WebhookSettings {
  /** An `https` address; `http` only for this machine. Never shown, because it may contain a key. */
  readonly url: string;
  /** The secret that signs requests: `whsec_` and base64 of 24 to 64 bytes, or a text of at least 24 characters. */
  readonly secret: string;
  /** The name of the sink. @default 'webhook' */
  readonly name?: string;
  /** How long to wait for the answer, in milliseconds. @default 10_000 */
  readonly timeoutMs?: number;
  /** The clock, in milliseconds since the epoch. @default Date.now */
  readonly now?: () => number;
}

/** The hosts of this machine. */
const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];
const MIN_SECRET_LENGTH = 24;

/**
 * Creates a sink that sends `{ type: 'usage.recorded', timestamp, data: [record, …] }` by POST, with the headers `webhook-id`,
 * `webhook-timestamp` and `webhook-signature`. An answer of 200 to 299 takes the batch; anything else is tried again later, with the
 * same id as long as no further record joins the batch. Redirects are not followed.
 * @throws AiImageError `not_configured`: the address or the secret cannot be used
 */
export function webhookSink(settings: WebhookSettings): UsageSink {
  const { name = 'webhook', timeoutMs = 10_000, now = Date.now } = settings;
  const url = readUrl(settings.url);
  const key = readSecret(settings.secret);
  return {
    name,
    async record(records, signal) {
      const body = JSON.stringify({ type: 'usage.recorded', timestamp: new Date(now()).toISOString(), data: records });
      const id = idOf(records);
      const timestamp = String(Math.floor(now() / 1_000));
      const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
      const headers = {
        'content-type': 'application/json',
        'webhook-id': id,
        'webhook-timestamp': timestamp,
        'webhook-signature': `v1,${signature}`,
      };
      await post(url, { headers, body }, { signal, timeoutMs });
    },
  };
}

async function post(
  url: URL,
  request: Pick<RequestInit, 'headers' | 'body'>,
  { signal, timeoutMs }: { readonly signal: AbortSignal; readonly timeoutMs: number },
): Promise<void> {
  const controller = new AbortController();
  const abort = () => controller.abort(signal.reason);
  signal.addEventListener('abort', abort);
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    controller.abort();
  }, timeoutMs);
  try {
    const response = await fetch(url, { ...request, method: 'POST', redirect: 'manual', signal: controller.signal });
    // The answer's body is not read.
    await response.body?.cancel();
    if (!response.ok) throw refusedError(url, `it answered with HTTP ${response.status}`);
  } catch (error) {
    if (error instanceof AiImageError) throw error;
    throw refusedError(url, isLate ? `no answer within ${timeoutMs / 1_000} s` : faultOf(error));
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
  }
}

/** The error has no cause, because that of `fetch` may contain the address. */
const refusedError = ({ host }: URL, why: string) =>
  new AiImageError('unavailable', `the webhook at ${host} did not take the records: ${why}`, {
    charged: 'no',
    hint: 'They stay in the store and are sent again. Check the address, and the log of its server.',
  });

/** Returns the code of a network fault, e.g. `ECONNREFUSED`. */
function faultOf(error: unknown): string {
  const { code } = ((error as { readonly cause?: unknown }).cause ?? {}) as { readonly code?: unknown };
  return typeof code === 'string' && /^[A-Z0-9_]{1,60}$/.test(code) ? code : 'the connection failed';
}

/** The same for the same records, so that the receiver recognizes a batch that is sent again. */
function idOf(records: readonly UsageRecord[]): string {
  const hash = createHash('sha256');
  for (const { id, revision } of records) hash.update(`${id} ${revision}\n`);
  return `usage_${hash.digest('hex').slice(0, 32)}`;
}

function readUrl(text: string): URL {
  if (!URL.canParse(text)) throw invalidError('url is not an address', 'Pass for example https://example.com/usage.');
  const url = new URL(text);
  const isLocal = url.protocol === 'http:' && LOOPBACK.includes(url.hostname);
  if (url.protocol !== 'https:' && !isLocal)
    throw invalidError('url must begin with https://', 'Only an address of this machine may begin with http://.');
  if (url.username !== '' || url.password !== '')
    throw invalidError('url contains a user or a password', 'Requests are signed. Leave both out.');
  return url;
}

function readSecret(secret: string): Buffer {
  const hint = 'Make one, for example with: echo "whsec_$(openssl rand -base64 32)"';
  if (typeof secret !== 'string' || secret.length < MIN_SECRET_LENGTH)
    throw invalidError(`secret must have at least ${MIN_SECRET_LENGTH} characters`, hint);
  if (!secret.startsWith('whsec_')) return Buffer.from(secret);
  const encoded = secret.slice('whsec_'.length);
  const key = Buffer.from(encoded, 'base64');
  const isBase64 = /^[A-Za-z0-9+/]+={0,2}$/.test(encoded);
  if (isBase64 && key.length >= 24 && key.length <= 64) return key;
  throw invalidError('secret must be whsec_ and base64 of 24 to 64 bytes', hint);
}

const invalidError = (message: string, hint: string) =>
  new AiImageError('not_configured', `webhookSink: ${message}`, { charged: 'no', hint });
