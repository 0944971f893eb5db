/**
 * An S3 server on this machine, as strict as real ones. It computes the signature of each request again, from AWS's description of Signature
 * Version 4 and without the library that signed it. Bodies must have the hashes and checksums that their requests claim.
 */
import { createHash, createHmac, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { S3Settings } from '../../../src/store/index.ts';

export const ACCESS_KEY = 'AKIALOOPBACK01234567';
export const SECRET_KEY = 'loopback/Secret+0123456789abcdefABCDEF';
export const BUCKET = 'pictures';
const REGION = 'eu-central-1';

export interface StoredObject {
  readonly bytes: Buffer;
  readonly headers: Readonly<Record<string, string>>;
  readonly etag: string;
  /** Computed by the server: from one body, or from the checksums of the parts. */
  readonly checksum: string | undefined;
}

interface UploadedPart {
  readonly bytes: Buffer;
  readonly etag: string;
  readonly checksum: string | undefined;
}

interface Upload {
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly parts: Map<number, UploadedPart>;
}

export interface SeenRequest {
  readonly method: string;
  readonly key: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: IncomingMessage['headers'];
  readonly bytes: number;
}

/** A planted fault of a request. `after`: the request is executed and its response is lost. */
export type Fault =
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly word?: string;
      readonly headers?: Record<string, string>;
    }
  | { readonly kind: 'reset'; readonly after?: boolean }
  | { readonly kind: 'torn' }
  | { readonly kind: 'hang' }
  | { readonly kind: 'body'; readonly body: string; readonly headers?: Record<string, string> };

export interface S3Server extends AsyncDisposable {
  readonly origin: string;
  readonly objects: Map<string, StoredObject>;
  readonly uploads: Map<string, Upload>;
  readonly seen: SeenRequest[];
  /** Keys that listings lack, as when a listing is older than its objects. */
  readonly unlisted: Set<string>;
  /** Called for every correctly signed request. */
  fault: (request: SeenRequest, nth: number) => Fault | undefined | Promise<Fault | undefined>;
  readonly settings: (more?: Partial<S3Settings>) => S3Settings;
}

export interface S3Kind {
  /** `ignored`: the server overwrites all the same; `refused`: it answers 501. */
  readonly conditions?: 'ignored' | 'refused';
  /** The only form of an ETag that the server accepts in `If-Match`; another one never matches. @default 'quoted' */
  readonly matches?: 'quoted' | 'unquoted';
  /** `ignored`: the server neither checks nor returns them. */
  readonly checksums?: 'refused' | 'ignored';
  /** How it makes ETags. MD5 is usual. @default 'md5' */
  readonly etags?: 'md5' | 'other';
  readonly dropsMetadata?: boolean;
  readonly keysPerPage?: number;
  readonly sessionToken?: string;
  /** The difference between its clock and ours. */
  readonly clockMs?: number;
}

const sha256 = (bytes: string | Uint8Array) => createHash('sha256').update(bytes).digest();
const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();
const toXml = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
const encode = (text: string) =>
  [...Buffer.from(text)]
    .map((byte) => {
      const character = String.fromCharCode(byte);
      return /[A-Za-z0-9\-._~]/.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    })
    .join('');

class Refusal extends Error {
  readonly status: number;
  readonly word: string;
  constructor(status: number, word: string) {
    super(word);
    this.status = status;
    this.word = word;
  }
}

/** A received body. It is hashed once, because large ones take longer to hash than to send. */
interface Body {
  readonly bytes: Buffer;
  readonly sha256: Buffer;
}

/** @throws Refusal */
function checkSignature(request: IncomingMessage, url: URL, body: Body, kind: S3Kind): void {
  const { headers, method = '' } = request;
  const given =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/.exec(
      headers.authorization ?? '',
    );
  if (!given) throw new Refusal(403, 'AccessDenied');
  const [, accessKey = '', day = '', region = '', names = '', signature] = given;
  if (accessKey !== ACCESS_KEY) throw new Refusal(403, 'InvalidAccessKeyId');
  if (region !== REGION) throw new Refusal(400, 'AuthorizationHeaderMalformed');
  if (kind.sessionToken !== undefined && headers['x-amz-security-token'] !== kind.sessionToken) {
    throw new Refusal(403, 'InvalidToken');
  }
  const date = String(headers['x-amz-date']);
  const [, y, mo, d, h, mi, s] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(date) ?? [];
  const time = Date.UTC(Number(y), Number(mo) - 1, Number(d), Number(h), Number(mi), Number(s));
  if (Math.abs(time - Date.now() - (kind.clockMs ?? 0)) > 15 * 60_000) throw new Refusal(403, 'RequestTimeTooSkewed');
  const signed = names.split(';');
  for (const name of Object.keys(headers)) {
    if ((name === 'host' || name.startsWith('x-amz-')) && !signed.includes(name))
      throw new Refusal(403, 'AccessDenied');
  }
  const hash = String(headers['x-amz-content-sha256']);
  // The path as sent, encoded once; the query sorted, each part encoded.
  const [path = ''] = (request.url ?? '').split('?');
  const query = [...url.searchParams].map(([name, value]) => `${encode(name)}=${encode(value)}`).sort();
  const lines = signed.map((name) => `${name}:${String(headers[name] ?? '').trim()}\n`);
  const canonical = [method, path, query.join('&'), lines.join(''), names, hash].join('\n');
  const scope = `${day}/${region}/s3/aws4_request`;
  const toSign = ['AWS4-HMAC-SHA256', date, scope, sha256(canonical).toString('hex')].join('\n');
  const key = [region, 's3', 'aws4_request'].reduce<Buffer>(
    (last, part) => hmac(last, part),
    hmac(`AWS4${SECRET_KEY}`, day),
  );
  if (hmac(key, toSign).toString('hex') !== signature) throw new Refusal(403, 'SignatureDoesNotMatch');
  if (body.sha256.toString('hex') !== hash) throw new Refusal(400, 'XAmzContentSHA256Mismatch');
}

async function readAll(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

interface Answer {
  readonly status: number;
  readonly body?: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

export async function openS3Server(kind: S3Kind = {}): Promise<S3Server> {
  const objects = new Map<string, StoredObject>();
  const uploads: S3Server['uploads'] = new Map();
  const seen: SeenRequest[] = [];
  let requestId = 0;

  function say(response: ServerResponse, { status, body = '', headers = {} }: Answer): void {
    response.writeHead(status, {
      'x-amz-request-id': `LOOPBACK${++requestId}`,
      date: new Date(Date.now() + (kind.clockMs ?? 0)).toUTCString(),
      'content-length': Buffer.byteLength(body),
      ...headers,
    });
    response.end(response.req.method === 'HEAD' ? '' : body);
  }
  const xml = (name: string, content: string) =>
    `<?xml version="1.0" encoding="UTF-8"?>\n<${name} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${content}</${name}>`;
  // Contains the key and other parts of the request, which a client must not show.
  const error = (word: string) =>
    `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${word}</Code><Message>with ${toXml(SECRET_KEY)}</Message><AWSAccessKeyId>${ACCESS_KEY}</AWSAccessKeyId></Error>`;

  function checkSum(headers: IncomingMessage['headers'], body: Body): string | undefined {
    const claimed = headers['x-amz-checksum-sha256'];
    if (claimed === undefined || kind.checksums === 'ignored') return undefined;
    if (kind.checksums === 'refused') throw new Refusal(501, 'NotImplemented');
    if (claimed !== body.sha256.toString('base64')) throw new Refusal(400, 'BadDigest');
    return String(claimed);
  }

  function checkCondition(headers: IncomingMessage['headers'], key: string): void {
    const [none, match] = [headers['if-none-match'], headers['if-match']];
    if (none === undefined && match === undefined) return;
    if (kind.conditions === 'refused') throw new Refusal(501, 'NotImplemented');
    if (kind.conditions === 'ignored') return;
    const there = objects.get(key);
    if (none === '*' && there) throw new Refusal(412, 'PreconditionFailed');
    if (match !== undefined && !there) throw new Refusal(404, 'NoSuchKey');
    const wanted = kind.matches === 'unquoted' ? there?.etag.replaceAll('"', '') : there?.etag;
    if (match !== undefined && match !== wanted) throw new Refusal(412, 'PreconditionFailed');
  }

  const kept = (headers: IncomingMessage['headers']) =>
    Object.fromEntries(
      Object.entries(headers).flatMap(([name, value]) =>
        /^(?:content-(?:type|disposition)$|x-amz-meta-)/.test(name) &&
        !(kind.dropsMetadata && name.startsWith('x-amz-meta-'))
          ? [[name, String(value)]]
          : [],
      ),
    );

  function list(query: Readonly<Record<string, string>>): string {
    const { prefix = '', 'continuation-token': token = '' } = query;
    const isListed = (key: string) => key.startsWith(prefix) && key > token && !server.unlisted.has(key);
    const keys = [...objects.keys()].filter(isListed).sort();
    const page = keys.slice(0, kind.keysPerPage ?? 1_000);
    const isCut = page.length < keys.length;
    const name = (key: string) =>
      query['encoding-type'] === 'url'
        ? encodeURIComponent(key).replaceAll('%2F', '/').replaceAll('%20', '+')
        : toXml(key);
    const contents = page.map(
      (key) => `<Contents><Key>${name(key)}</Key><Size>${objects.get(key)?.bytes.length}</Size></Contents>`,
    );
    return xml(
      'ListBucketResult',
      `<Name>${BUCKET}</Name><Prefix>${name(prefix)}</Prefix><EncodingType>${query['encoding-type'] ?? ''}</EncodingType><IsTruncated>${isCut}</IsTruncated>${isCut ? `<NextContinuationToken>${toXml(page.at(-1) ?? '')}</NextContinuationToken>` : ''}${contents.join('')}`,
    );
  }

  function listUploads({ prefix = '' }: Readonly<Record<string, string>>): string {
    const found = [...uploads].filter(([, { key }]) => key.startsWith(prefix));
    const each = found.map(
      ([id, { key }]) => `<Upload><Key>${encodeURIComponent(key)}</Key><UploadId>${id}</UploadId></Upload>`,
    );
    return xml('ListMultipartUploadsResult', `<EncodingType>url</EncodingType>${each.join('')}`);
  }

  const etagOf = ({ bytes, sha256: hash }: Body) =>
    `"${kind.etags === 'other' ? hash.toString('hex', 0, 16) : createHash('md5').update(bytes).digest('hex')}"`;

  function answer(request: SeenRequest, body: Body): Answer {
    const { method, key, query, headers } = request;
    if (key === '') {
      if (method === 'HEAD') return { status: 200 };
      if (method === 'GET' && query['list-type'] === '2') return { status: 200, body: list(query) };
      if (method === 'GET' && 'uploads' in query) return { status: 200, body: listUploads(query) };
      throw new Refusal(405, 'MethodNotAllowed');
    }
    if (method === 'POST' && 'uploads' in query) return begin(key, headers);
    if (query.uploadId !== undefined) return answerUpload(request, query.uploadId, body);
    const there = objects.get(key);
    if (method === 'PUT') {
      const checksum = checkSum(headers, body);
      checkCondition(headers, key);
      const etag = etagOf(body);
      objects.set(key, { bytes: body.bytes, headers: kept(headers), etag, checksum });
      return { status: 200, headers: { etag, ...(checksum !== undefined && { 'x-amz-checksum-sha256': checksum }) } };
    }
    if (method === 'DELETE') {
      objects.delete(key);
      return { status: 204 };
    }
    if (!there) throw new Refusal(404, 'NoSuchKey');
    if (method !== 'GET' && method !== 'HEAD') throw new Refusal(405, 'MethodNotAllowed');
    const length = { 'content-length': String(there.bytes.length) };
    return { status: 200, body: there.bytes, headers: { ...there.headers, etag: there.etag, ...length } };
  }

  function begin(key: string, headers: IncomingMessage['headers']): Answer {
    if (headers['x-amz-checksum-algorithm'] && kind.checksums === 'refused') throw new Refusal(501, 'NotImplemented');
    const id = randomBytes(12).toString('base64url');
    uploads.set(id, { key, headers: kept(headers), parts: new Map() });
    return {
      status: 200,
      body: xml('InitiateMultipartUploadResult', `<Key>${toXml(key)}</Key><UploadId>${id}</UploadId>`),
    };
  }

  function answerUpload({ method, key, query, headers }: SeenRequest, id: string, body: Body): Answer {
    const upload = uploads.get(id);
    if (upload?.key !== key) throw new Refusal(404, 'NoSuchUpload');
    if (method === 'DELETE') {
      uploads.delete(id);
      return { status: 204 };
    }
    if (method === 'PUT') {
      const etag = etagOf(body);
      upload.parts.set(Number(query.partNumber), { bytes: body.bytes, etag, checksum: checkSum(headers, body) });
      return { status: 200, headers: { etag } };
    }
    const parts = partsOf(upload, body.bytes.toString());
    checkCondition(headers, key);
    const bytes = Buffer.concat(parts.map((part) => part.bytes));
    const sums = parts.map(({ checksum }) => Buffer.from(checksum ?? '', 'base64'));
    const etag = `"${sha256(parts.map((part) => part.etag).join()).toString('hex', 0, 16)}-${parts.length}"`;
    const checksum = `${sha256(Buffer.concat(sums)).toString('base64')}-${parts.length}`;
    objects.set(key, { bytes, headers: upload.headers, etag, checksum });
    uploads.delete(id);
    const content = `<Key>${toXml(key)}</Key><ETag>${toXml(etag)}</ETag>`;
    return { status: 200, body: xml('CompleteMultipartUploadResult', content) };
  }

  /** The parts in the order in which the completion request lists them. */
  function partsOf({ parts }: Upload, document: string): readonly UploadedPart[] {
    const wanted = [...document.matchAll(/<Part>(.*?)<\/Part>/g)].map(([, part = '']) => ({
      number: Number(/<PartNumber>(\d+)</.exec(part)?.[1]),
      etag: /<ETag>([^<]+)</.exec(part)?.[1]?.replaceAll('&quot;', '"'),
      checksum: /<ChecksumSHA256>([^<]+)</.exec(part)?.[1],
    }));
    if (wanted.length !== parts.size) throw new Refusal(400, 'InvalidPart');
    return wanted.map(({ number, etag, checksum }, at) => {
      const part = parts.get(number);
      if (part === undefined || number !== at + 1 || part.etag !== etag || part.checksum !== checksum) {
        throw new Refusal(400, 'InvalidPart');
      }
      if (at < wanted.length - 1 && part.bytes.length < 5 * 1024 * 1024) throw new Refusal(400, 'EntityTooSmall');
      return part;
    });
  }

  const server: S3Server = {
    origin: '',
    objects,
    uploads,
    seen,
    unlisted: new Set(),
    fault: () => undefined,
    settings: (more = {}) => ({
      bucket: BUCKET,
      region: REGION,
      endpoint: server.origin,
      accessKeyId: ACCESS_KEY,
      secretAccessKey: SECRET_KEY,
      ...(kind.sessionToken !== undefined && { sessionToken: kind.sessionToken }),
      ...more,
    }),
    async [Symbol.asyncDispose]() {
      http.closeAllConnections();
      await new Promise((done) => http.close(done));
    },
  };

  async function handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(incoming.url ?? '/', 'http://loopback');
    const bytes = await readAll(incoming);
    const body = { bytes, sha256: sha256(bytes) };
    const [bucket, ...rest] = url.pathname.slice(1).split('/').map(decodeURIComponent);
    const request: SeenRequest = {
      method: incoming.method ?? '',
      key: rest.join('/'),
      query: Object.fromEntries(url.searchParams),
      headers: incoming.headers,
      bytes: bytes.length,
    };
    try {
      checkSignature(incoming, url, body, kind);
      if (bucket !== BUCKET) throw new Refusal(404, 'NoSuchBucket');
      seen.push(request);
      const fault = await server.fault(request, seen.length);
      await play(fault, { incoming, response }, () => answer(request, body));
    } catch (thrown) {
      const [status, word] = thrown instanceof Refusal ? [thrown.status, thrown.word] : [500, 'InternalError'];
      say(response, { status, body: error(word) });
    }
  }

  async function play(
    fault: Fault | undefined,
    { incoming: { socket }, response }: { readonly incoming: IncomingMessage; readonly response: ServerResponse },
    work: () => Answer,
  ): Promise<void> {
    switch (fault?.kind) {
      case 'answer': {
        const { status, word = 'InternalError', headers = {} } = fault;
        say(response, { status, headers, body: error(word) });
        break;
      }
      case 'body':
        say(response, { status: 200, body: fault.body, headers: fault.headers ?? {} });
        break;
      case 'hang':
        break;
      case 'reset':
        if (fault.after) work();
        socket.resetAndDestroy();
        break;
      case 'torn': {
        const { status, body = '' } = work();
        response.writeHead(status, { 'content-length': Buffer.byteLength(body) });
        response.write(Buffer.from(body).subarray(0, Buffer.byteLength(body) / 2), () => socket.destroy());
        break;
      }
      default:
        say(response, work());
    }
  }

  const http = createServer((incoming, response) => {
    handle(incoming, response).catch(() => incoming.socket.destroy()); // the client closed the connection
  });
  await new Promise<void>((done) => http.listen(0, '127.0.0.1', done));
  return Object.assign(server, { origin: `http://127.0.0.1:${(http.address() as AddressInfo).port}` });
}
