/** Errors of a bucket. They contain the server's error code and request id, but not its message, which may contain secrets. */
import { AiImageError, type AiImageErrorCode } from '../../../providers/protocol/errors.ts';
import { readErrorCode } from './xml.ts';

/** `aborted`: the store was closed. */
export type S3FaultCode = Extract<AiImageErrorCode, 'storage_failed' | 'not_configured' | 'aborted'>;

export interface S3FaultDetails {
  /** @default 'storage_failed' */
  readonly code?: S3FaultCode;
  /** The server's error code. */
  readonly errorCode?: string | undefined;
  readonly status?: number | undefined;
  readonly requestId?: string | undefined;
  readonly retryAfterMs?: number | undefined;
  readonly hint?: string | undefined;
  /** The time of the server, in milliseconds since the epoch. */
  readonly serverTime?: number | undefined;
  /** The same request may succeed shortly after. */
  readonly isTransient: boolean;
}

export class S3Fault extends AiImageError {
  readonly errorCode: string | undefined;
  readonly isTransient: boolean;
  readonly serverTime: number | undefined;

  constructor(
    message: string,
    { code = 'storage_failed', errorCode, isTransient, serverTime, ...details }: S3FaultDetails,
  ) {
    super(code, message, {
      charged: 'no',
      ...(details.status !== undefined && { status: details.status }),
      ...(details.requestId !== undefined && { requestId: details.requestId }),
      ...(details.retryAfterMs !== undefined && { retryAfterMs: details.retryAfterMs }),
      ...(details.hint !== undefined && { hint: details.hint }),
    });
    this.errorCode = errorCode;
    this.isTransient = isTransient;
    this.serverTime = serverTime;
  }
}

/** Source: Amazon S3 API Reference, "Error responses". */
const TRANSIENT_CODES = [
  'InternalError',
  'OperationAborted',
  'ConditionalRequestConflict',
  'RequestTimeout',
  'ServiceUnavailable',
  'SlowDown',
  'SlowDownRead',
  'SlowDownWrite',
];
const CREDENTIAL_CODES = ['InvalidAccessKeyId', 'SignatureDoesNotMatch', 'ExpiredToken', 'InvalidToken'];
/** The bucket is right, but something in it is missing. */
const OBJECT_CODES = ['NoSuchKey', 'NoSuchUpload', 'NoSuchVersion'];

/** @param request for example `PUT s3://bucket/key` @param now in milliseconds since the epoch @param region the one in the settings */
export function toFault(
  request: string,
  status: number,
  headers: Headers,
  body: Uint8Array,
  now: number,
  region?: string,
): S3Fault {
  const errorCode = readErrorCode(body);
  const isTransient = [408, 409, 429, 500, 502, 503, 504].includes(status) || TRANSIENT_CODES.includes(errorCode ?? '');
  const requestId = idOf(headers);
  const details = [
    `HTTP ${status}`,
    ...(errorCode === undefined ? [] : [errorCode]),
    ...(requestId ? [`request ${requestId}`] : []),
  ];
  const otherRegion = regionOf(status, headers, region);
  return new S3Fault(`${request}: ${details.join(', ')}`, {
    code: otherRegion === undefined ? codeOf(status, errorCode) : 'not_configured',
    errorCode,
    status,
    requestId,
    retryAfterMs: readRetryAfterMs(headers.get('retry-after'), now),
    serverTime: timeOf(headers),
    isTransient,
    hint:
      otherRegion === undefined
        ? hintOf(status, errorCode)
        : `The bucket is in the region ${otherRegion}. Set region to it.`,
  });
}

/** Returns the region of a bucket that is elsewhere: AWS answers with a redirect, or with a 400 because the region is a part of signatures. */
function regionOf(status: number, headers: Headers, known: string | undefined): string | undefined {
  const region = headers.get('x-amz-bucket-region') ?? '';
  const isElsewhere = (status >= 300 && status < 400) || status === 400;
  return isElsewhere && region !== known && /^[a-z0-9-]{1,40}$/.test(region) ? region : undefined;
}

/** The settings are at fault when the key, the bucket or its address is wrong. Every other answer is a fault of the bucket or its server. */
function codeOf(status: number, errorCode: string | undefined): S3FaultCode {
  const isWrongKey = CREDENTIAL_CODES.includes(errorCode ?? '') || status === 401;
  const isWrongBucket = (status === 404 && !OBJECT_CODES.includes(errorCode ?? '')) || (status >= 300 && status < 400);
  return isWrongKey || isWrongBucket ? 'not_configured' : 'storage_failed';
}

function hintOf(status: number, errorCode: string | undefined): string {
  if (CREDENTIAL_CODES.includes(errorCode ?? '') || status === 401)
    return 'Check accessKeyId, secretAccessKey and region.';
  if (errorCode === 'RequestTimeTooSkewed') return 'The clock of this machine is wrong. Correct it.';
  if (status === 403) return 'Check the key, and that it may list, read, write and delete in this bucket.';
  if (errorCode === 'NoSuchBucket' || status === 404) return 'Check bucket, region, endpoint and forcePathStyle.';
  return 'Check the server of the bucket, then repeat the call.';
}

const CHECK_NETWORK = 'Check the endpoint and the network.';

/** Makes the error for a request without a response. */
export function toConnectionFault(request: string, error: unknown, { isLate }: { readonly isLate: boolean }): S3Fault {
  if (isLate) return new S3Fault(`${request}: timed out`, { isTransient: true, hint: CHECK_NETWORK });
  const reason = reasonOf(error);
  const isTransient = !CERTIFICATE_CODES.test(reason);
  return new S3Fault(`${request}: ${reason}`, {
    code: reason === 'ENOTFOUND' ? 'not_configured' : 'storage_failed',
    isTransient,
    hint: CHECK_NETWORK,
  });
}

/** Makes the error for a bucket that failed its check, before a provider is called. */
export function toUnusableBucketError(address: string, cause: unknown): AiImageError {
  const fault = cause instanceof AiImageError ? cause : undefined;
  if (fault && !(fault instanceof S3Fault)) return fault;
  const why = cause instanceof Error ? cause.message : 'unknown reason';
  return new AiImageError(fault?.code ?? 'storage_failed', `the store's bucket ${address} cannot be used: ${why}`, {
    charged: 'no',
    hint: `Nothing was sent to a provider. ${fault?.hint ?? 'Check the bucket.'}`,
    cause,
  });
}

/** Certificate errors, which a retry does not fix. */
const CERTIFICATE_CODES = /^(?:ERR_TLS_CERT|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|HOSTNAME_MISMATCH)/;

/** Returns the system's error code, which contains nothing of the request. */
function reasonOf(error: unknown): string {
  for (let each = error, depth = 0; each instanceof Error && depth < 5; each = each.cause, depth++) {
    const { code } = each as NodeJS.ErrnoException;
    if (typeof code === 'string' && /^[A-Z0-9_]{1,60}$/.test(code)) return code;
  }
  return 'the connection was lost';
}

function idOf(headers: Headers): string | undefined {
  const id = headers.get('x-amz-request-id') ?? headers.get('cf-ray') ?? '';
  return /^[\w.:-]{1,100}$/.test(id) ? id : undefined;
}

function timeOf(headers: Headers): number | undefined {
  const time = Date.parse(headers.get('date') ?? '');
  return Number.isNaN(time) ? undefined : time;
}

/** Reads seconds or a date (RFC 9110, 10.2.3). An invalid value counts as absent. */
function readRetryAfterMs(value: string | null, now: number): number | undefined {
  const text = (value ?? '').trim();
  if (/^\d{1,5}$/.test(text)) return Number(text) * 1_000;
  const date = /^[A-Za-z]{3}/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(date - now, 0);
}
