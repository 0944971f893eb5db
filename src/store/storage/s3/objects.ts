/** Operations on the objects of a bucket. Source: Amazon S3 API Reference, "Actions". */
import type { S3Request, S3Response } from './exchange.ts';
import { S3Fault } from './fault.ts';
import { MAX_XML_BYTES, readPage } from './xml.ts';

/** The content of a new object. */
export interface Content {
  readonly bytes: Uint8Array;
  /** The SHA-256 of the bytes, in hex. */
  readonly sha256: string;
  /** Headers of the object, including `x-amz-meta-…`. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface ObjectInfo {
  readonly length: number;
  readonly headers: Headers;
}

export type Send = (request: S3Request, accepts?: readonly number[]) => Promise<S3Response>;

export interface Objects {
  /** @throws S3Fault */
  readonly checkBucket: () => Promise<void>;
  /** @returns `undefined` when the object does not exist */
  readonly head: (key: string) => Promise<ObjectInfo | undefined>;
  /** @param maxBytes at most one byte more is read @returns `undefined` when the object does not exist */
  readonly get: (
    key: string,
    maxBytes: number,
  ) => Promise<{ readonly bytes: Uint8Array; readonly etag: string } | undefined>;
  /** Writes a new object. Does not overwrite, when the server supports conditions. @returns whether it is written */
  readonly putNew: (key: string, content: Content) => Promise<boolean>;
  /** Replaces the object with this etag. @returns false when it was changed since */
  readonly replace: (key: string, content: Content, etag: string) => Promise<boolean>;
  readonly remove: (key: string) => Promise<void>;
  readonly list: (prefix: string) => AsyncIterable<readonly string[]>;
  readonly adaptToServer: AdaptToServer;
}

export type AdaptToServer = (work: (can: ServerFeatures) => Promise<S3Response>) => Promise<S3Response>;

/** Features that some servers lack. */
export interface ServerFeatures {
  readonly conditions: boolean;
  readonly checksums: boolean;
}

/** Tried in this order. After a 501, the next set is used for all further requests. */
const FEATURE_SETS: readonly ServerFeatures[] = [
  { conditions: true, checksums: true },
  { conditions: true, checksums: false },
  { conditions: false, checksums: true },
  { conditions: false, checksums: false },
];

/** Ten million objects. A longer listing counts as endless. */
const MAX_PAGES = 10_000;

const isNotImplemented = (error: unknown) =>
  error instanceof S3Fault && (error.status === 501 || error.errorCode === 'NotImplemented');

export const toBase64 = (hex: string): string => Buffer.from(hex, 'hex').toString('base64');

export function createObjects(send: Send): Objects {
  let featureSet = 0;
  const adaptToServer: AdaptToServer = async (work) => {
    for (let at = featureSet; ; at++) {
      try {
        const response = await work(FEATURE_SETS[at] ?? { conditions: false, checksums: false });
        featureSet = at;
        return response;
      } catch (error) {
        if (!isNotImplemented(error) || at >= FEATURE_SETS.length - 1) throw error;
      }
    }
  };

  async function put(
    key: string,
    { bytes, sha256, headers }: Content,
    condition: Readonly<Record<string, string>>,
    refusals: readonly number[],
  ): Promise<boolean> {
    const { status } = await adaptToServer(({ conditions, checksums }) =>
      send(
        {
          method: 'PUT',
          key,
          headers: {
            ...headers,
            ...(checksums && { 'x-amz-checksum-sha256': toBase64(sha256) }),
            ...(conditions && condition),
          },
          body: bytes,
          bodySha256: sha256,
        },
        refusals,
      ),
    );
    return !refusals.includes(status);
  }

  return {
    adaptToServer,
    async checkBucket() {
      await send({ method: 'HEAD' }).catch((error: unknown) => {
        if (!(error instanceof S3Fault) || error.isTransient || error.status === undefined) throw error;
        // A response to HEAD has no error code, and some keys may list a bucket but not send HEAD to it.
        return send({ method: 'GET', query: { 'list-type': '2', 'max-keys': '1' }, maxBytes: MAX_XML_BYTES });
      });
    },
    async head(key) {
      const { status, headers } = await send({ method: 'HEAD', key }, [404]);
      if (status === 404) return undefined;
      return { length: Number(headers.get('content-length') ?? Number.NaN), headers };
    },
    async get(key, maxBytes) {
      try {
        const { headers, body } = await send({ method: 'GET', key, maxBytes, expectedBytes: maxBytes });
        return { bytes: body, etag: headers.get('etag') ?? '' };
      } catch (error) {
        // A missing bucket is an error, not a missing object.
        if (error instanceof S3Fault && error.status === 404 && error.errorCode !== 'NoSuchBucket') return undefined;
        throw error;
      }
    },
    putNew: (key, content) => put(key, content, { 'if-none-match': '*' }, [412]),
    replace: (key, content, etag) => put(key, content, etag === '' ? {} : { 'if-match': etag }, [404, 412]),
    async remove(key) {
      await send({ method: 'DELETE', key }, [404]);
    },
    async *list(prefix) {
      const tokens = new Set<string>();
      let token: string | undefined;
      for (let pages = 1; ; pages++) {
        const query = {
          'list-type': '2',
          'encoding-type': 'url',
          prefix,
          ...(token !== undefined && { 'continuation-token': token }),
        };
        const { body } = await send({ method: 'GET', query, maxBytes: MAX_XML_BYTES });
        const page = readPage(body);
        if (page === undefined || page.keys.some((key) => !key.startsWith(prefix))) throw badListingError('is invalid');
        yield page.keys;
        if (page.next === undefined) return;
        if (tokens.has(page.next) || pages === MAX_PAGES) throw badListingError('does not end');
        token = page.next;
        tokens.add(token);
      }
    },
  };
}

const badListingError = (what: string) =>
  new S3Fault(`the server's list of objects ${what}`, {
    isTransient: false,
    hint: 'Nothing was changed. Check endpoint and bucket.',
  });
