/** Objects of a bucket: looked at, read, written only where nothing is, listed. Source: Amazon S3 API Reference, "Actions". */
import { createHash } from 'node:crypto';
import type { S3Request, S3Response } from './exchange.ts';
import { S3Fault } from './fault.ts';
import { MAX_XML_BYTES, readPage } from './xml.ts';

/** Bytes that become an object. */
export interface Content {
  readonly bytes: Uint8Array;
  /** In hex. */
  readonly sha256: string;
  /** Goes with it; `x-amz-meta-…` among it. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface ObjectInfo {
  readonly length: number;
  readonly headers: Headers;
}

export type Send = (order: S3Request, accepts?: readonly number[]) => Promise<S3Response>;

export interface Objects {
  /** @throws S3Fault */
  readonly lookAtBucket: () => Promise<void>;
  /** @returns `undefined` where there is none */
  readonly head: (key: string) => Promise<ObjectInfo | undefined>;
  /** @param most no more than one byte beyond is read */
  readonly get: (
    key: string,
    most: number,
  ) => Promise<{ readonly bytes: Uint8Array; readonly etag: string } | undefined>;
  /** Not over another one, where the server can tell. @returns whether it is written */
  readonly putNew: (key: string, content: Content) => Promise<boolean>;
  /** In the place of the one with this tag. @returns false where that is another by now */
  readonly replace: (key: string, content: Content, etag: string) => Promise<boolean>;
  readonly remove: (key: string) => Promise<void>;
  readonly list: (prefix: string) => AsyncIterable<readonly string[]>;
  readonly asServerCan: AsServerCan;
}

export type AsServerCan = (work: (can: ServerCan) => Promise<S3Response>) => Promise<S3Response>;

/** What not every server has. */
export interface ServerCan {
  readonly conditions: boolean;
  readonly checksums: boolean;
}

/** From the most to the least; a server that says 501 is asked for less from then on. */
const ABILITIES: readonly ServerCan[] = [
  { conditions: true, checksums: true },
  { conditions: true, checksums: false },
  { conditions: false, checksums: true },
  { conditions: false, checksums: false },
];

/** Ten million objects; a list that is longer leads nowhere. */
const MOST_PAGES = 10_000;

const notImplemented = (error: unknown) =>
  error instanceof S3Fault && (error.status === 501 || error.word === 'NotImplemented');

export const toBase64 = (hex: string): string => Buffer.from(hex, 'hex').toString('base64');
export const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

export function createObjects(send: Send): Objects {
  let ability = 0;
  const asServerCan: AsServerCan = async (work) => {
    for (let at = ability; ; at++) {
      try {
        const reply = await work(ABILITIES[at] ?? { conditions: false, checksums: false });
        ability = at;
        return reply;
      } catch (error) {
        if (!notImplemented(error) || at >= ABILITIES.length - 1) throw error;
      }
    }
  };

  async function put(
    key: string,
    { bytes, sha256, headers }: Content,
    condition: Readonly<Record<string, string>>,
    otherwise: readonly number[],
  ): Promise<boolean> {
    const { status } = await asServerCan(({ conditions, checksums }) =>
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
        otherwise,
      ),
    );
    return !otherwise.includes(status);
  }

  return {
    asServerCan,
    async lookAtBucket() {
      await send({ method: 'HEAD' }).catch((error: unknown) => {
        if (!(error instanceof S3Fault) || error.passes || error.status === undefined) throw error;
        // The answer to a HEAD does not say why; and there are keys that may list a bucket and not ask for it itself.
        return send({ method: 'GET', query: { 'list-type': '2', 'max-keys': '1' }, most: MAX_XML_BYTES });
      });
    },
    async head(key) {
      const { status, headers } = await send({ method: 'HEAD', key }, [404]);
      if (status === 404) return undefined;
      return { length: Number(headers.get('content-length') ?? Number.NaN), headers };
    },
    async get(key, most) {
      try {
        const { headers, body } = await send({ method: 'GET', key, most, expected: most });
        return { bytes: body, etag: headers.get('etag') ?? '' };
      } catch (error) {
        // Without its bucket, nobody knows what there is.
        if (error instanceof S3Fault && error.status === 404 && error.word !== 'NoSuchBucket') return undefined;
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
        const { body } = await send({ method: 'GET', query, most: MAX_XML_BYTES });
        const page = readPage(body);
        if (page === undefined || page.keys.some((key) => !key.startsWith(prefix))) throw strange('is none');
        yield page.keys;
        if (page.next === undefined) return;
        if (tokens.has(page.next) || pages === MOST_PAGES) throw strange('does not end');
        token = page.next;
        tokens.add(token);
      }
    },
  };
}

const strange = (what: string) =>
  new S3Fault(`the list of objects that the server sent ${what}`, {
    code: 'bad_response',
    passes: false,
    hint: 'Check endpoint and bucket. Nothing was changed.',
  });
