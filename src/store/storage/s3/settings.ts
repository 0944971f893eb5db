/** The settings of a bucket, and their checks. Sources: Amazon S3 User Guide, "Virtual hosting" and "Object key names". */
import { createHash } from 'node:crypto';
import { AiImageError } from '../../../providers/protocol/errors.ts';

export interface S3Settings {
  /** The name of the bucket, without `s3://` and folders. */
  readonly bucket: string;
  /** The region of the bucket. Required for AWS. @default 'us-east-1' when `endpoint` is set */
  readonly region?: string | undefined;
  /** The address of a server other than AWS: https, or http on this machine. @default AWS in the region */
  readonly endpoint?: string | undefined;
  /** The beginning of every key, for example `images/fox`. @default none */
  readonly prefix?: string | undefined;
  /** Puts the bucket into the path of addresses instead of the host. @default true when `endpoint` is set or the name contains dots */
  readonly forcePathStyle?: boolean | undefined;
  /** The id of the access key. */
  readonly accessKeyId: string;
  /** The secret of the access key. */
  readonly secretAccessKey: string;
  /** Required for temporary credentials. */
  readonly sessionToken?: string | undefined;
  /** The time limit of one request, in milliseconds. Extended for large bodies. @default 15000 */
  readonly timeoutMs?: number | undefined;
}

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface Bucket {
  readonly region: string;
  /** `s3://bucket`, or `s3://bucket/prefix`. */
  readonly address: string;
  /** Distinguishes buckets in the names of files. */
  readonly id: string;
  /** Ends with a slash unless it is empty. */
  readonly prefix: string;
  readonly timeoutMs: number;
  /** @param key @default the bucket itself */
  readonly urlOf: (key?: string, query?: Readonly<Record<string, string>>) => string;
  /** A function, so that printing this object does not show them. */
  readonly credentials: () => Credentials;
}

const BUCKET = /^[A-Za-z0-9][A-Za-z0-9._-]{1,62}$/;
const REGION = /^[A-Za-z0-9-]{1,40}$/;
/** The characters of a credential. None of them can end a header. */
const SECRET = /^[\x21-\x7e]{1,8192}$/;
const MAX_PREFIX_BYTES = 400;
const DEFAULT_TIMEOUT_MS = 15_000;
const MAX_TIMEOUT_MS = 600_000;

/** Checks the settings. Errors never contain the credentials. @throws AiImageError `not_configured` */
export function readS3Settings(settings: S3Settings): Bucket {
  const { bucket, endpoint, prefix = '', accessKeyId, secretAccessKey, sessionToken } = settings;
  const { region = endpoint === undefined ? undefined : 'us-east-1', timeoutMs = DEFAULT_TIMEOUT_MS } = settings;
  if (typeof bucket !== 'string' || !BUCKET.test(bucket))
    throw invalidSettingError(
      'bucket must be the name of a bucket',
      "Pass the name alone, for example bucket: 'images', without s3:// and folders; folders belong in prefix.",
    );
  if (region === undefined)
    throw invalidSettingError(
      'region or endpoint is missing',
      "Pass region for AWS, for example region: 'eu-central-1', or endpoint for another server.",
    );
  if (typeof region !== 'string' || !REGION.test(region))
    throw invalidSettingError(
      'region must be the name of a region',
      "Pass for example region: 'eu-central-1', or 'auto' for Cloudflare R2.",
    );
  if (!Number.isSafeInteger(timeoutMs) || timeoutMs < 1 || timeoutMs > MAX_TIMEOUT_MS) {
    throw invalidSettingError(
      `timeoutMs must be a whole number from 1 to ${MAX_TIMEOUT_MS}`,
      `Pass milliseconds, or leave out timeoutMs to use the default, ${DEFAULT_TIMEOUT_MS}.`,
    );
  }
  for (const [name, value] of Object.entries({ accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) })) {
    if (typeof value === 'string' && SECRET.test(value)) continue;
    throw invalidSettingError(
      `${name} ${value ? 'contains a space or another character that keys do not have' : 'is missing or empty'}`,
      `Pass ${name} as the provider of the bucket shows it, without quotes or line ends.`,
    );
  }
  const folder = readPrefix(prefix);
  const { forcePathStyle = endpoint !== undefined || bucket.includes('.') } = settings;
  const base = readEndpoint(endpoint ?? awsOf(region));
  const [host, path] = forcePathStyle
    ? [base.host, `${base.path}/${encode(bucket)}`]
    : [`${bucket}.${base.host}`, base.path];
  const address = `s3://${bucket}${folder === '' ? '' : `/${folder.slice(0, -1)}`}`;
  const credentials = { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) };
  return {
    region,
    address,
    id: createHash('sha256').update(`${base.host}${base.path} ${address}`).digest('hex').slice(0, 12),
    prefix: folder,
    timeoutMs,
    urlOf(key, query = {}) {
      const parameters = Object.entries(query).map(([name, value]) => `${encode(name)}=${encode(value)}`);
      const keyPath = key === undefined ? '' : `/${key.split('/').map(encode).join('/')}`;
      return `${base.protocol}//${host}${path}${keyPath || '/'}${parameters.length > 0 ? `?${parameters.join('&')}` : ''}`;
    },
    credentials: () => credentials,
  };
}

/** Encodes as signatures require: everything except letters, digits and `-_.~`. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);
}

const awsOf = (region: string) => `https://s3.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`;

function readEndpoint(endpoint: string): { readonly protocol: string; readonly host: string; readonly path: string } {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  if (url === undefined)
    throw invalidSettingError('endpoint must be an address', "Pass for example endpoint: 'https://s3.example.com'.");
  const { protocol, host, hostname, pathname } = url;
  if (url.username !== '' || url.password !== '')
    throw invalidSettingError(
      'endpoint must not contain a user or password',
      'Remove them from endpoint, and pass accessKeyId and secretAccessKey.',
    );
  if (url.search !== '' || url.hash !== '')
    throw invalidSettingError(
      'endpoint must not have a query or fragment',
      'Remove what follows ? or # from endpoint.',
    );
  if (protocol !== 'https:' && !(protocol === 'http:' && isThisMachine(hostname))) {
    throw invalidSettingError(
      'endpoint must use https; http is allowed only on this machine',
      'Pass an https: address as endpoint. On this machine, for example http://127.0.0.1:9000.',
    );
  }
  return { protocol, host, path: pathname.endsWith('/') ? pathname.slice(0, -1) : pathname };
}

const isThisMachine = (host: string) => host === 'localhost' || host === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(host);

function readPrefix(prefix: string): string {
  if (typeof prefix !== 'string')
    throw invalidSettingError('prefix must be a string', "Pass for example prefix: 'images/fox', or leave it out.");
  const parts = prefix.split('/').filter((part) => part !== '');
  const isPlain = parts.every((part) => part !== '.' && part !== '..' && /^[^\p{C}\\]{1,400}$/u.test(part));
  if (!isPlain || Buffer.byteLength(prefix) > MAX_PREFIX_BYTES) {
    throw invalidSettingError(
      `prefix must be folder names separated by slashes, without ".", "..", backslashes and control characters, at most ${MAX_PREFIX_BYTES} bytes`,
      "Pass for example prefix: 'images/fox', or leave it out.",
    );
  }
  return parts.length === 0 ? '' : `${parts.join('/')}/`;
}

function invalidSettingError(message: string, hint: string): AiImageError {
  return new AiImageError('not_configured', `store: s3: ${message}`, { charged: 'no', hint });
}
