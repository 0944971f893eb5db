/** A bucket: what a user says of it, and where that is. Sources: Amazon S3 User Guide, "Virtual hosting" and "Object key names". */
import { createHash } from 'node:crypto';
import { AiImageError } from '../../../providers/protocol/errors.ts';

export interface S3Settings {
  readonly bucket: string;
  /** Of the bucket. @default 'us-east-1' where there is an endpoint; AWS itself needs it */
  readonly region?: string | undefined;
  /** The address of a server other than AWS, https, or http on this machine itself. @default that of AWS in the region */
  readonly endpoint?: string | undefined;
  /** Before every key, e.g. `pictures/fox`. @default none */
  readonly prefix?: string | undefined;
  /** Whether the bucket stands in the path of an address and not in its host. @default where there is an endpoint, or dots in the name */
  readonly forcePathStyle?: boolean | undefined;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Of credentials that end after a while. */
  readonly sessionToken?: string | undefined;
  /** How long one request may take, without the time that its bytes need. Milliseconds. @default 15000 */
  readonly timeoutMs?: number | undefined;
}

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface Bucket {
  readonly region: string;
  /** `s3://bucket`, or with the prefix behind it. */
  readonly address: string;
  /** Tells it from other buckets, in the name of a file. */
  readonly mark: string;
  /** Ends with a slash where it is not empty. */
  readonly prefix: string;
  readonly timeoutMs: number;
  /** @param key @default the bucket itself */
  readonly urlOf: (key?: string, query?: Readonly<Record<string, string>>) => string;
  /** A function, so that nobody shows them by showing this. */
  readonly credentials: () => Credentials;
}

const BUCKET = /^[A-Za-z0-9][A-Za-z0-9._-]{1,62}$/;
const REGION = /^[A-Za-z0-9-]{1,40}$/;
/** What a credential is made of: nothing that could end a header. */
const SECRET = /^[\x21-\x7e]{1,8192}$/;
const MOST_BYTES_OF_PREFIX = 400;
const USUAL_TIMEOUT_MS = 15_000;
const MOST_TIMEOUT_MS = 600_000;

/** @throws AiImageError `not_configured`: what is wrong, without what is secret */
export function readS3Settings(settings: S3Settings): Bucket {
  const { bucket, endpoint, prefix = '', accessKeyId, secretAccessKey, sessionToken } = settings;
  const { region = endpoint === undefined ? undefined : 'us-east-1', timeoutMs = USUAL_TIMEOUT_MS } = settings;
  if (typeof bucket !== 'string' || !BUCKET.test(bucket)) throw wrong('bucket is no name of a bucket');
  if (region === undefined) throw wrong('AWS needs a region, and every other server an endpoint');
  if (typeof region !== 'string' || !REGION.test(region)) throw wrong('region is none, like eu-central-1 or auto');
  if (!Number.isSafeInteger(timeoutMs) || timeoutMs < 1 || timeoutMs > MOST_TIMEOUT_MS) {
    throw wrong(`timeoutMs is a whole number from 1 to ${MOST_TIMEOUT_MS}`);
  }
  for (const [name, value] of Object.entries({ accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) })) {
    if (typeof value === 'string' && SECRET.test(value)) continue;
    throw wrong(`${name} is ${value ? 'no key: a blank or another strange character is in it' : 'missing or empty'}`);
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
    mark: createHash('sha256').update(`${base.host}${base.path} ${address}`).digest('hex').slice(0, 12),
    prefix: folder,
    timeoutMs,
    urlOf(key, query = {}) {
      const words = Object.entries(query).map(([name, value]) => `${encode(name)}=${encode(value)}`);
      const way = key === undefined ? '' : `/${key.split('/').map(encode).join('/')}`;
      return `${base.protocol}//${host}${path}${way || '/'}${words.length > 0 ? `?${words.join('&')}` : ''}`;
    },
    credentials: () => credentials,
  };
}

/** As signatures want it: all but letters, digits and `-_.~`. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);
}

const awsOf = (region: string) => `https://s3.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`;

function readEndpoint(endpoint: string): { readonly protocol: string; readonly host: string; readonly path: string } {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  if (url === undefined) throw wrong('endpoint is no address like https://s3.example.com');
  const { protocol, host, hostname, pathname } = url;
  if (url.username !== '' || url.password !== '') throw wrong('endpoint holds a password, which belongs elsewhere');
  if (url.search !== '' || url.hash !== '') throw wrong('endpoint has something behind its path');
  if (protocol !== 'https:' && !(protocol === 'http:' && isThisMachine(hostname))) {
    throw wrong('endpoint has to be https; http may be used on this machine alone, e.g. http://127.0.0.1:9000');
  }
  return { protocol, host, path: pathname.endsWith('/') ? pathname.slice(0, -1) : pathname };
}

const isThisMachine = (host: string) => host === 'localhost' || host === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(host);

function readPrefix(prefix: string): string {
  if (typeof prefix !== 'string') throw wrong('prefix is a text');
  const parts = prefix.split('/').filter((part) => part !== '');
  const isPlain = parts.every((part) => part !== '.' && part !== '..' && /^[^\p{C}\\]{1,400}$/u.test(part));
  if (!isPlain || Buffer.byteLength(prefix) > MOST_BYTES_OF_PREFIX) {
    throw wrong(`prefix is parted by slashes, without dots alone, of ${MOST_BYTES_OF_PREFIX} bytes at most`);
  }
  return parts.length === 0 ? '' : `${parts.join('/')}/`;
}

function wrong(message: string): AiImageError {
  return new AiImageError('not_configured', `store: s3: ${message}`, {
    charged: 'no',
    hint: "For example s3: { bucket: 'pictures', region: 'eu-central-1', accessKeyId, secretAccessKey }.",
  });
}
