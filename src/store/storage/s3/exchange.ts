/** Sends one signed request to a bucket. Source: aws4fetch 1.0.20; Amazon S3 API Reference, "Authenticating requests (AWS Signature Version 4)". */
import { createHash } from 'node:crypto';
import { AiImageError } from '../../../providers/protocol/errors.ts';
import type { Bucket } from './settings.ts';

export interface S3Request {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  /** The key of an object. @default the bucket itself */
  readonly key?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** The SHA-256 of the body, in hex. @default computed */
  readonly bodySha256?: string;
  /** How many bytes of the response are needed. At most one byte more is read. */
  readonly maxBytes?: number;
  /** The time limit for all attempts together, in milliseconds. @default the limit of two attempts */
  readonly withinMs?: number;
  /** The expected size of the response, in bytes. A large one extends the time limit. */
  readonly expectedBytes?: number;
}

export interface S3Response {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Uint8Array;
}

export type S3Exchange = (request: S3Request, date: Date, signal: AbortSignal) => Promise<S3Response>;

const MAX_ERROR_BYTES = 64 * 1024;

/** The signature covers the hash of the body. So the server detects a damaged body, also one without support for checksums. */
export function createS3Exchange({ urlOf, region, credentials }: Bucket): S3Exchange {
  return async ({ method, key, query, headers, body, bodySha256, maxBytes = MAX_ERROR_BYTES }, date, signal) => {
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
      // Signed headers must not change in transit. This one is not signed; it prevents compressed responses.
      headers: { ...Object.fromEntries(signed.headers), 'accept-encoding': 'identity' },
      body: (body as Uint8Array<ArrayBuffer> | undefined) ?? null, // created by this library, never in shared memory
      redirect: 'manual',
      signal,
    });
    const limit = response.ok ? maxBytes : MAX_ERROR_BYTES;
    return { status: response.status, headers: response.headers, body: await readBody(response, limit) };
  };
}

/** @returns at most one byte more than `maxBytes` */
async function readBody({ body, headers }: Response, maxBytes: number): Promise<Uint8Array> {
  if (body === null) return new Uint8Array();
  const length = Number(headers.get('content-length') ?? 0);
  let bytes = new Uint8Array(Math.min(Number.isSafeInteger(length) && length > 0 ? length : 4_096, maxBytes + 1));
  let filled = 0;
  const reader = body.getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    const chunk = next.value.subarray(0, maxBytes + 1 - filled);
    if (filled + chunk.length > bytes.length) {
      const larger = new Uint8Array(Math.min(Math.max(bytes.length * 2, filled + chunk.length), maxBytes + 1));
      larger.set(bytes.subarray(0, filled));
      bytes = larger;
    }
    bytes.set(chunk, filled);
    filled += chunk.length;
    if (filled > maxBytes) {
      await reader.cancel().catch(() => undefined); // the rest is not needed
      break;
    }
  }
  return bytes.subarray(0, filled);
}

/** Loads the code that signs, which is a chunk of its own: only stores in a bucket need it. @throws AiImageError `internal` */
async function loadSigner() {
  try {
    return await import('aws4fetch');
  } catch (cause) {
    throw new AiImageError('internal', 'the code that signs requests to a bucket could not be loaded', {
      charged: 'no',
      hint: 'Check that the package is installed completely.',
      cause,
    });
  }
}
