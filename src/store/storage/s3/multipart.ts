/** Uploads large objects in parts, each with its checksum. Source: Amazon S3 User Guide, "Multipart upload". */
import { sha256 } from '../../files/sha256.ts';
import { type Content, notStoredFault, toBase64 } from './content.ts';
import { S3Fault } from './fault.ts';
import type { Objects, Send } from './objects.ts';
import {
  isCompleted,
  MAX_XML_BYTES,
  readErrorCode,
  readUploadId,
  readUploads,
  type UploadPart,
  writeCompletion,
} from './xml.ts';

/** Objects from this size on are uploaded in parts. */
export const MIN_MULTIPART_BYTES = 16 * 1024 * 1024;
/** S3 requires at least 5 MiB for all parts but the last; R2 requires parts of equal size. */
const PART_BYTES = 8 * 1024 * 1024;
/** Attempts when the upload disappears: another process aborted it, or wrote the same key. */
const MAX_UPLOADS = 3;
const MAX_COMPLETIONS = 3;

export interface Multipart {
  readonly send: Send;
  readonly objects: Pick<Objects, 'adaptToServer' | 'head'>;
  /** Records the upload: before it starts, and with its id before the first part is sent, so that another process can abort it. */
  readonly onStarted: (uploadId?: string) => Promise<void>;
  readonly onEnded: () => Promise<void>;
  /** Checks whether the object exists and is ours, because the answer to an earlier request may have been lost. */
  readonly isOurs: () => Promise<boolean>;
}

/** @returns whether the object is written; false when another object exists */
export async function putMultipart(key: string, content: Content, multipart: Multipart): Promise<boolean> {
  for (let attempt = 1; ; attempt++) {
    const outcome = await uploadOnce(key, content, multipart);
    if (outcome === 'written') {
      if ((await multipart.objects.head(key))?.length !== content.bytes.length) throw notStoredFault(key);
      return true;
    }
    if (await multipart.isOurs()) return true;
    if (outcome === 'taken') return false;
    if (attempt === MAX_UPLOADS) {
      throw new S3Fault(`the multipart upload was aborted by another process ${MAX_UPLOADS} times`, {
        isTransient: true,
      });
    }
  }
}

type Outcome = 'written' | 'taken' | 'gone';

async function uploadOnce(
  key: string,
  content: Content,
  { send, objects, onStarted, onEnded }: Multipart,
): Promise<Outcome> {
  await onStarted();
  let usesChecksums = false;
  const { body } = await objects.adaptToServer(({ checksums }) => {
    usesChecksums = checksums;
    const checksumHeaders = checksums && { 'x-amz-checksum-algorithm': 'SHA256' };
    return send({ method: 'POST', key, query: { uploads: '' }, headers: { ...content.headers, ...checksumHeaders } });
  });
  const uploadId = readUploadId(body);
  if (uploadId === undefined) {
    throw new S3Fault('the server did not return the id of a multipart upload', {
      isTransient: false,
    });
  }
  let outcome: Outcome | undefined;
  try {
    await onStarted(uploadId);
    const parts = await sendParts(key, uploadId, content.bytes, usesChecksums, send);
    outcome = parts === undefined ? 'gone' : await complete(key, uploadId, parts, { send, objects });
  } finally {
    // The error of the upload is reported. An upload that cannot be aborted now is aborted when the store is opened again.
    const isEnded =
      outcome === 'written' ||
      (await abortUpload(send, key, uploadId).then(
        () => true,
        () => false,
      ));
    if (isEnded) await onEnded();
  }
  return outcome;
}

/** @returns `undefined` when the upload does not exist any more */
async function sendParts(
  key: string,
  uploadId: string,
  bytes: Uint8Array,
  usesChecksums: boolean,
  send: Send,
): Promise<readonly UploadPart[] | undefined> {
  const parts: UploadPart[] = [];
  for (let start = 0; start < bytes.length; start += PART_BYTES) {
    const part = bytes.subarray(start, start + PART_BYTES);
    const hash = sha256(part);
    const checksum = toBase64(hash);
    const { status, headers } = await send(
      {
        method: 'PUT',
        key,
        query: { partNumber: String(parts.length + 1), uploadId },
        headers: usesChecksums ? { 'x-amz-checksum-sha256': checksum } : {},
        body: part,
        bodySha256: hash,
      },
      [404],
    );
    if (status === 404) return undefined;
    parts.push({ etag: headers.get('etag') ?? '', ...(usesChecksums && { checksum }) });
  }
  return parts;
}

/** An error may arrive with status 200, because the server answers before it is done. Source: API Reference, "CompleteMultipartUpload". */
async function complete(
  key: string,
  uploadId: string,
  parts: readonly UploadPart[],
  { send, objects }: Pick<Multipart, 'send' | 'objects'>,
): Promise<Outcome> {
  const body = writeCompletion(parts);
  for (let attempt = 1; ; attempt++) {
    const response = await objects.adaptToServer(({ conditions }) => {
      const headers = conditions ? { 'if-none-match': '*' } : {};
      return send({ method: 'POST', key, query: { uploadId }, headers, body }, [404, 409, 412]);
    });
    if (response.status === 412) return 'taken';
    // After a 409, AWS requires a new upload of all parts.
    if (response.status !== 200) return 'gone';
    if (isCompleted(response.body)) return 'written';
    const errorCode = readErrorCode(response.body);
    if (errorCode === 'PreconditionFailed') return 'taken';
    if (errorCode === 'NoSuchUpload' || errorCode === 'ConditionalRequestConflict') return 'gone';
    if (attempt === MAX_COMPLETIONS) {
      const message = `the multipart upload could not be completed${errorCode === undefined ? '' : `: ${errorCode}`}`;
      throw new S3Fault(message, { errorCode, isTransient: true });
    }
  }
}

/** Aborts all uploads under this key. A running process then starts a new one. Does nothing on servers that cannot list uploads. */
export async function abortUploads(send: Send, key: string): Promise<void> {
  const query = { uploads: '', 'encoding-type': 'url', prefix: key };
  const response = await send({ method: 'GET', query, maxBytes: MAX_XML_BYTES }).catch((error: unknown) => {
    if (error instanceof S3Fault && !error.isTransient && error.code !== 'aborted') return undefined;
    throw error;
  });
  const uploads = response && readUploads(response.body);
  for (const upload of uploads ?? []) if (upload.key === key) await abortUpload(send, key, upload.uploadId);
}

/** Does nothing when the upload does not exist. */
export async function abortUpload(send: Send, key: string, uploadId: string): Promise<void> {
  await send({ method: 'DELETE', key, query: { uploadId } }, [404]);
}
