/** Operations on the objects of a bucket. Source: Amazon S3 API Reference, "Actions". */
import { type Content, checkStored, toBase64 } from './content.ts';
import type { S3Request, S3Response } from './exchange.ts';
import { S3Fault } from './fault.ts';
import { MAX_XML_BYTES, readPage } from './xml.ts';

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

/** Leaves a weak ETag as it is. */
const withoutQuotes = (etag: string): string => /^"([^"]+)"$/.exec(etag)?.[1] ?? etag;

export function createObjects(send: Send): Objects {
  let featureSet = 0;
  /** Ceph 16 answers 412 to an ETag in quotes, the form of the standard (RFC 9110, 8.8.3), and accepts it without them. */
  let quotesEtags = true;
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
    content: Content,
    condition: Readonly<Record<string, string>>,
    refusals: readonly number[],
  ): Promise<boolean> {
    const { bytes, sha256, headers } = content;
    const { status, headers: reply } = await adaptToServer(({ conditions, checksums }) =>
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
    if (refusals.includes(status)) return false;
    await checkStored(key, content, reply, get);
    return true;
  }

  const head: Objects['head'] = async (key) => {
    const { status, headers } = await send({ method: 'HEAD', key }, [404]);
    if (status === 404) return undefined;
    return { length: Number(headers.get('content-length') ?? Number.NaN), headers };
  };

  const get: Objects['get'] = async (key, maxBytes) => {
    try {
      const { headers, body } = await send({ method: 'GET', key, maxBytes, expectedBytes: maxBytes });
      return { bytes: body, etag: headers.get('etag') ?? '' };
    } catch (error) {
      // A missing bucket is an error, not a missing object.
      if (error instanceof S3Fault && error.status === 404 && error.errorCode !== 'NoSuchBucket') return undefined;
      throw error;
    }
  };

  return {
    adaptToServer,
    head,
    get,
    async checkBucket() {
      await send({ method: 'HEAD' }).catch((error: unknown) => {
        if (!(error instanceof S3Fault) || error.isTransient || error.status === undefined) throw error;
        // A response to HEAD has no error code, and some keys may list a bucket but not send HEAD to it.
        return send({ method: 'GET', query: { 'list-type': '2', 'max-keys': '1' }, maxBytes: MAX_XML_BYTES });
      });
    },
    putNew: (key, content) => put(key, content, { 'if-none-match': '*' }, [412]),
    async replace(key, content, etag) {
      const replaceIf = (isQuoted: boolean) =>
        put(key, content, etag === '' ? {} : { 'if-match': isQuoted ? etag : withoutQuotes(etag) }, [404, 412]);
      if (await replaceIf(quotesEtags)) return true;
      // A refusal although the object is the same: this server compares the ETag in its other form.
      if (withoutQuotes(etag) === etag || (await head(key))?.headers.get('etag') !== etag) return false;
      if (!(await replaceIf(!quotesEtags))) return false;
      quotesEtags = !quotesEtags;
      return true;
    },
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
