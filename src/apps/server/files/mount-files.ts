/** Stored images behind signed links. */
import { isAiImageError } from '../../../index.ts';
import { countFailure } from '../http/guards/require-token.ts';
import { HttpFault } from '../http/http-fault.ts';
import type { ServerApp, ServerContext, ServerRequest } from '../http/server-context.ts';
import { answerFault } from '../http/to-fault.ts';
import { readByteRange } from './byte-range.ts';
import { contentDisposition } from './content-disposition.ts';
import { FULL } from './create-file-links.ts';
import { sniffType } from './sniff-type.ts';
import { streamSlices } from './stream-slices.ts';

export function mountFiles(app: ServerApp, { store, links, failures, onError }: ServerContext): void {
  const refuseWrong = (c: ServerRequest): never => {
    countFailure(failures, c.get('address'));
    throw notFound();
  };
  app.get('/files/:id/:variant/:signed/:name', async (c) => {
    const { id, variant, signed } = c.req.param();
    const [expires = '', signature = '', ...rest] = signed.split('.');
    const isWhole = rest.length === 0 && variant === FULL;
    const state = isWhole ? await links.check({ id, variant, expires, signature }) : 'wrong';
    if (state === 'wrong') return refuseWrong(c);
    if (state === 'expired') {
      throw new HttpFault(410, 'link_expired', 'The link has expired. Ask the server for a new one.');
    }
    const artifact = await readStore(() => store.get(id), onError);
    const etag = `"${artifact.sha256}"`;
    // The whole answer depends on the id alone: an image of the store never changes, only its sidecar does.
    const headers = { ...FILE_HEADERS, etag };
    if (hasTag(c.req.header('if-none-match'), etag)) return c.body(null, 304, headers);
    const bytes = await readStore(() => store.open(id), onError);
    return answerBytes(c, bytes, { ...headers, ...describe(bytes, artifact.file) });
  });
  app.get('/files/*', refuseWrong);
}

const FILE_HEADERS = {
  'cache-control': 'private, max-age=31536000, immutable',
  'accept-ranges': 'bytes',
  'content-security-policy': "sandbox; default-src 'none'; style-src 'unsafe-inline'",
  // The link is the permission, and it may stand in a page of any site.
  'cross-origin-resource-policy': 'cross-origin',
  'x-content-type-options': 'nosniff',
};

function describe(bytes: Uint8Array, file: string): Readonly<Record<string, string>> {
  const { mediaType, isSafeInline } = sniffType(bytes);
  return {
    'content-type': mediaType,
    'content-disposition': contentDisposition(isSafeInline ? 'inline' : 'attachment', file),
  };
}

function answerBytes(c: ServerRequest, bytes: Uint8Array, headers: Readonly<Record<string, string>>): Response {
  const ifRange = c.req.header('if-range');
  const isCurrent = ifRange === undefined || ifRange === headers.etag;
  const range = isCurrent ? readByteRange(c.req.header('range'), bytes.length) : undefined;
  if (range === 'unsatisfiable') {
    const answer = answerFault(new HttpFault(416, 'range_not_satisfiable', 'The image has no bytes in this range.'));
    answer.headers.set('content-range', `bytes */${bytes.length}`);
    return answer;
  }
  const { start, end } = range ?? { start: 0, end: bytes.length - 1 };
  return new Response(streamSlices(bytes.subarray(start, end + 1)), {
    status: range === undefined ? 200 : 206,
    headers: {
      ...headers,
      'content-length': String(end + 1 - start),
      ...(range !== undefined && { 'content-range': `bytes ${start}-${end}/${bytes.length}` }),
    },
  });
}

/** `If-None-Match` is a list, and compares weakly. */
const hasTag = (header: string | undefined, etag: string): boolean =>
  header?.split(',').some((each) => each.trim() === '*' || each.trim().replace(/^W\//, '') === etag) ?? false;

/** The store's own messages name paths of this machine. @throws HttpFault 404, 500 */
async function readStore<T>(read: () => Promise<T>, onError: (error: unknown) => void): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (isAiImageError(error) && error.code === 'invalid_request') throw notFound();
    onError(error);
    throw new HttpFault(500, 'storage_failed', 'The image cannot be read from the store. See the log of the server.', {
      type: 'server_error',
    });
  }
}

const notFound = (): HttpFault =>
  new HttpFault(404, 'not_found', 'There is no file at this address. Ask the server for a new link.');
