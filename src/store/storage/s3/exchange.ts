/** One signed request to a bucket and its reply. Source: aws4fetch 1.0.20; Amazon S3 API Reference, "Authenticating requests (AWS Signature Version 4)". */
import { createHash } from 'node:crypto';
import { AiImageError } from '../../../providers/protocol/errors.ts';
import type { Bucket } from './settings.ts';

export interface S3Request {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  /** @default the bucket itself */
  readonly key?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** Of the body, in hex, where it is known already. */
  readonly bodySha256?: string;
  /** Bytes of the reply that are wanted: one more is read at most. */
  readonly most?: number;
  /** For all attempts together, where somebody else is kept waiting meanwhile. @default as long as two of them may take */
  readonly withinMs?: number;
  /** Bytes of the reply that need time, where they are many. */
  readonly expected?: number;
}

export interface S3Response {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Uint8Array;
}

export type S3Exchange = (order: S3Request, date: Date, signal: AbortSignal) => Promise<S3Response>;

const MOST_BYTES_OF_ERROR = 64 * 1024;

/** The server checks the body against its hash in the signature: what arrives is what was sent, also where it knows no checksums. */
export function createS3Exchange({ urlOf, region, credentials }: Bucket): S3Exchange {
  return async ({ method, key, query, headers, body, bodySha256, most = MOST_BYTES_OF_ERROR }, date, signal) => {
    const { AwsV4Signer } = await loadSigner();
    const hash =
      bodySha256 ??
      createHash('sha256')
        .update(body ?? '')
        .digest('hex');
    const url = urlOf(key, query);
    const signer = new AwsV4Signer({
      method,
      url,
      headers: { ...headers, 'x-amz-content-sha256': hash },
      ...credentials(),
      service: 's3',
      region,
      datetime: date.toISOString().replace(/[:-]|\.\d{3}/g, ''),
    });
    const signed = await signer.sign();
    const response = await fetch(url, {
      method,
      // What is signed must not be changed on the way; this is not signed, and is what we can read.
      headers: { ...Object.fromEntries(signed.headers), 'accept-encoding': 'identity' },
      body: (body as Uint8Array<ArrayBuffer> | undefined) ?? null, // ours, never in shared memory
      redirect: 'manual',
      signal,
    });
    const wanted = response.ok ? most : MOST_BYTES_OF_ERROR;
    return { status: response.status, headers: response.headers, body: await readBody(response, wanted) };
  };
}

/** @returns at most one byte more than is wanted */
async function readBody({ body, headers }: Response, most: number): Promise<Uint8Array> {
  if (body === null) return new Uint8Array();
  const length = Number(headers.get('content-length') ?? 0);
  let bytes = new Uint8Array(Math.min(Number.isSafeInteger(length) && length > 0 ? length : 4_096, most + 1));
  let filled = 0;
  const reader = body.getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    const chunk = next.value.subarray(0, most + 1 - filled);
    if (filled + chunk.length > bytes.length) {
      const larger = new Uint8Array(Math.min(Math.max(bytes.length * 2, filled + chunk.length), most + 1));
      larger.set(bytes.subarray(0, filled));
      bytes = larger;
    }
    bytes.set(chunk, filled);
    filled += chunk.length;
    if (filled > most) {
      await reader.cancel().catch(() => undefined); // nothing more is wanted of it
      break;
    }
  }
  return bytes.subarray(0, filled);
}

/** Only who uses a bucket needs it, so it is not among the dependencies. @throws AiImageError `not_configured` that names the package */
async function loadSigner() {
  try {
    return await import('aws4fetch');
  } catch (cause) {
    throw new AiImageError(
      'not_configured',
      'a store in a bucket needs the package aws4fetch, which cannot be loaded',
      {
        charged: 'no',
        hint: 'Run: npm install aws4fetch',
        cause,
      },
    );
  }
}
