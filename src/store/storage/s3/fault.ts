/** What goes wrong with a bucket, in one word and the id of the request: what else its server says may hold anything, also a key. */
import { AiImageError, type AiImageErrorCode } from '../../../providers/protocol/errors.ts';
import { readErrorCode } from './xml.ts';

export interface S3FaultDetails {
  readonly code: AiImageErrorCode;
  /** That of the server. */
  readonly word?: string | undefined;
  readonly status?: number | undefined;
  readonly requestId?: string | undefined;
  readonly retryAfterMs?: number | undefined;
  readonly hint?: string | undefined;
  /** What the server's clock says, milliseconds since the epoch. */
  readonly serverTime?: number | undefined;
  /** The same request may succeed in a moment. */
  readonly passes: boolean;
}

export class S3Fault extends AiImageError {
  readonly word: string | undefined;
  readonly passes: boolean;
  readonly serverTime: number | undefined;

  constructor(message: string, { code, word, passes, serverTime, ...details }: S3FaultDetails) {
    super(code, message, {
      charged: 'no',
      ...(details.status !== undefined && { status: details.status }),
      ...(details.requestId !== undefined && { requestId: details.requestId }),
      ...(details.retryAfterMs !== undefined && { retryAfterMs: details.retryAfterMs }),
      ...(details.hint !== undefined && { hint: details.hint }),
    });
    this.word = word;
    this.passes = passes;
    this.serverTime = serverTime;
  }
}

/** Source: Amazon S3 API Reference, "Error responses". */
const PASSING = [
  'InternalError',
  'OperationAborted',
  'ConditionalRequestConflict',
  'RequestTimeout',
  'ServiceUnavailable',
  'SlowDown',
  'SlowDownRead',
  'SlowDownWrite',
];
const WRONG_KEYS = ['InvalidAccessKeyId', 'SignatureDoesNotMatch', 'ExpiredToken', 'InvalidToken'];

/** @param what was tried, e.g. `PUT s3://bucket/key` @param now milliseconds since the epoch */
export function faultOf(what: string, status: number, headers: Headers, body: Uint8Array, now: number): S3Fault {
  const word = readErrorCode(body);
  const passes = [408, 409, 429, 500, 502, 503, 504].includes(status) || PASSING.includes(word ?? '');
  const requestId = idOf(headers);
  const says = [
    `HTTP ${status}`,
    ...(word === undefined ? [] : [word]),
    ...(requestId ? [`request ${requestId}`] : []),
  ];
  const region = status >= 300 && status < 400 ? headers.get('x-amz-bucket-region') : null;
  return new S3Fault(`${what}: ${says.join(', ')}`, {
    code: codeOf(status, word, passes),
    word,
    status,
    requestId,
    retryAfterMs: readWait(headers.get('retry-after'), now),
    serverTime: timeOf(headers),
    passes,
    hint:
      region !== null && /^[a-z0-9-]{1,40}$/.test(region)
        ? `The bucket is in the region ${region}.`
        : hintOf(status, word),
  });
}

function codeOf(status: number, word: string | undefined, passes: boolean): AiImageErrorCode {
  if (WRONG_KEYS.includes(word ?? '') || status === 401) return 'authentication';
  if (status === 403) return 'permission';
  if (status === 404 || (status >= 300 && status < 400)) return 'not_configured';
  return passes ? 'unavailable' : 'bad_response';
}

function hintOf(status: number, word: string | undefined): string | undefined {
  if (WRONG_KEYS.includes(word ?? '') || status === 401) return 'Check accessKeyId, secretAccessKey and region.';
  if (word === 'RequestTimeTooSkewed') return 'The clock of this machine is wrong.';
  if (status === 403) return 'Check the key, and that it may list, read, write and delete in this bucket.';
  if (word === 'NoSuchBucket' || status === 404) return 'Check bucket, region, endpoint and forcePathStyle.';
  return undefined;
}

/** A request that got no answer. */
export function lostFault(what: string, error: unknown, { isLate }: { readonly isLate: boolean }): S3Fault {
  if (isLate) return new S3Fault(`${what}: no answer in time`, { code: 'timeout', passes: true });
  const reason = reasonOf(error);
  const passes = !CERTIFICATE.test(reason);
  return new S3Fault(`${what}: ${reason}`, { code: 'unavailable', passes, hint: 'Check endpoint and network.' });
}

/** Before money is spent. */
export function unreachable(address: string, cause: unknown): AiImageError {
  const fault = cause instanceof AiImageError ? cause : undefined;
  if (fault && !(fault instanceof S3Fault)) return fault;
  const why = cause instanceof Error ? cause.message : 'unknown reason';
  return new AiImageError('not_configured', `the store's bucket ${address} cannot be used: ${why}`, {
    charged: 'no',
    hint: `Nothing was sent to a provider. ${fault?.hint ?? 'See to the bucket.'}`,
    cause,
  });
}

/** Trying again changes nothing. */
const CERTIFICATE = /^(?:ERR_TLS_CERT|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|HOSTNAME_MISMATCH)/;

/** A code of the system, which holds nothing of the request. */
function reasonOf(error: unknown): string {
  for (let each = error, depth = 0; each instanceof Error && depth < 5; each = each.cause, depth++) {
    const { code } = each as NodeJS.ErrnoException;
    if (typeof code === 'string' && /^[A-Z0-9_]{1,60}$/.test(code)) return code;
  }
  return 'the connection broke';
}

function idOf(headers: Headers): string | undefined {
  const id = headers.get('x-amz-request-id') ?? headers.get('cf-ray') ?? '';
  return /^[\w.:-]{1,100}$/.test(id) ? id : undefined;
}

function timeOf(headers: Headers): number | undefined {
  const time = Date.parse(headers.get('date') ?? '');
  return Number.isNaN(time) ? undefined : time;
}

/** Seconds or a date (RFC 9110, 10.2.3). Nonsense counts as absent. */
function readWait(value: string | null, now: number): number | undefined {
  const text = (value ?? '').trim();
  if (/^\d{1,5}$/.test(text)) return Number(text) * 1_000;
  const date = /^[A-Za-z]{3}/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(date - now, 0);
}
