/** Large objects in parts, each with its checksum; memory holds one part beside the bytes. Source: Amazon S3 User Guide, "Multipart upload". */
import { S3Fault } from './fault.ts';
import { type Content, type Objects, type Send, sha256Of, toBase64 } from './objects.ts';
import {
  isCompleted,
  MAX_XML_BYTES,
  readErrorCode,
  readUploadId,
  readUploads,
  type UploadPart,
  writeCompletion,
} from './xml.ts';

/** From this size on. */
export const LARGE_BYTES = 16 * 1024 * 1024;
/** S3 wants 5 MiB or more of all parts but the last; R2 wants them to be of one size. */
const PART_BYTES = 8 * 1024 * 1024;
/** Somebody else ended it, or wrote under the same key meanwhile. */
const UPLOADS = 3;
const COMPLETIONS = 3;

export interface Multipart {
  readonly send: Send;
  readonly objects: Pick<Objects, 'asServerCan'>;
  /** Written down before it is begun, and with its id before the first part is sent: it has to be ended, also by somebody else. */
  readonly begun: (uploadId?: string) => Promise<void>;
  readonly over: () => Promise<void>;
  /** Whether the object is there and ours: the answer to an earlier request may have been lost. */
  readonly isOurs: () => Promise<boolean>;
}

/** @returns whether it is written; false where something is there */
export async function putLarge(key: string, content: Content, multipart: Multipart): Promise<boolean> {
  for (let nth = 1; ; nth++) {
    const outcome = await uploadOnce(key, content, multipart);
    if (outcome === 'written') return true;
    if (await multipart.isOurs()) return true;
    if (outcome === 'taken') return false;
    if (nth === UPLOADS) {
      throw new S3Fault('an upload in parts was ended by somebody else', { code: 'unavailable', passes: true });
    }
  }
}

type Outcome = 'written' | 'taken' | 'gone';

async function uploadOnce(key: string, content: Content, { send, objects, begun, over }: Multipart): Promise<Outcome> {
  await begun();
  let withSums = false;
  const { body } = await objects.asServerCan(({ checksums }) => {
    withSums = checksums;
    const sums = checksums && { 'x-amz-checksum-algorithm': 'SHA256' };
    return send({ method: 'POST', key, query: { uploads: '' }, headers: { ...content.headers, ...sums } });
  });
  const uploadId = readUploadId(body);
  if (uploadId === undefined) {
    throw new S3Fault('the server began no upload in parts', { code: 'bad_response', passes: false });
  }
  let outcome: Outcome | undefined;
  try {
    await begun(uploadId);
    const parts = await sendParts(key, uploadId, content.bytes, withSums, send);
    outcome = parts === undefined ? 'gone' : await complete(key, uploadId, parts, { send, objects });
  } finally {
    // A failure is told as it is; what cannot be ended now is ended by whoever opens the store later.
    const isOver = outcome === 'written' || (await abortUpload(send, key, uploadId).then(isTrue, () => false));
    if (isOver) await over();
  }
  return outcome;
}

const isTrue = () => true;

/** @returns `undefined` where the upload is gone */
async function sendParts(
  key: string,
  uploadId: string,
  bytes: Uint8Array,
  withSums: boolean,
  send: Send,
): Promise<readonly UploadPart[] | undefined> {
  const parts: UploadPart[] = [];
  for (let start = 0; start < bytes.length; start += PART_BYTES) {
    const part = bytes.subarray(start, start + PART_BYTES);
    const sha256 = sha256Of(part);
    const checksum = toBase64(sha256);
    const { status, headers } = await send(
      {
        method: 'PUT',
        key,
        query: { partNumber: String(parts.length + 1), uploadId },
        headers: withSums ? { 'x-amz-checksum-sha256': checksum } : {},
        body: part,
        bodySha256: sha256,
      },
      [404],
    );
    if (status === 404) return undefined;
    parts.push({ etag: headers.get('etag') ?? '', ...(withSums && { checksum }) });
  }
  return parts;
}

/** An error may come with status 200: the server answers before it is done. Source: API Reference, "CompleteMultipartUpload". */
async function complete(
  key: string,
  uploadId: string,
  parts: readonly UploadPart[],
  { send, objects }: Pick<Multipart, 'send' | 'objects'>,
): Promise<Outcome> {
  const body = writeCompletion(parts);
  for (let nth = 1; ; nth++) {
    const reply = await objects.asServerCan(({ conditions }) => {
      const headers = conditions ? { 'if-none-match': '*' } : {};
      return send({ method: 'POST', key, query: { uploadId }, headers, body }, [404, 409, 412]);
    });
    if (reply.status === 412) return 'taken';
    // AWS wants all of it once more after a 409.
    if (reply.status !== 200) return 'gone';
    if (isCompleted(reply.body)) return 'written';
    const word = readErrorCode(reply.body);
    if (word === 'PreconditionFailed') return 'taken';
    if (word === 'NoSuchUpload' || word === 'ConditionalRequestConflict') return 'gone';
    if (nth === COMPLETIONS) {
      const what = `an upload in parts was not completed${word === undefined ? '' : `: ${word}`}`;
      throw new S3Fault(what, { code: 'unavailable', word, passes: true });
    }
  }
}

/** All that anybody has begun under this key: whoever is alive begins anew. Not every server can list them; then there is nothing to be done. */
export async function abortUploads(send: Send, key: string): Promise<void> {
  const query = { uploads: '', 'encoding-type': 'url', prefix: key };
  const reply = await send({ method: 'GET', query, most: MAX_XML_BYTES }).catch((error: unknown) => {
    if (error instanceof S3Fault && !error.passes && error.code !== 'aborted') return undefined;
    throw error;
  });
  const begun = reply && readUploads(reply.body);
  for (const upload of begun ?? []) if (upload.key === key) await abortUpload(send, key, upload.uploadId);
}

/** One that is gone is no fault. */
export async function abortUpload(send: Send, key: string, uploadId: string): Promise<void> {
  await send({ method: 'DELETE', key, query: { uploadId } }, [404]);
}
