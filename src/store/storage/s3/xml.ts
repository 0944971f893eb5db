/** Reads and writes the XML documents of S3. Responses are untrusted: limited in size, strictly checked, read in linear time. Source: Amazon S3 API Reference. */
import { escapeXml } from '../../../provenance/xmp/escape.ts';
import { readXml } from '../../../provenance/xmp/xml.ts';
import type { XmlElement } from '../../../provenance/xmp/xml-tag.ts';

/** A page of 1000 keys of one kilobyte each, URL-encoded, has about three million bytes. */
export const MAX_XML_BYTES = 8 * 1024 * 1024;

/** Without the namespace, which differs between servers. */
const nameOf = ({ name }: XmlElement): string => name.slice(name.lastIndexOf(' ') + 1);
const childrenOf = (element: XmlElement, name: string) => element.children.filter((child) => nameOf(child) === name);
const textOf = (element: XmlElement, name: string): string | undefined => childrenOf(element, name)[0]?.text.trim();

/** @returns `undefined` for another document */
function readDocument(bytes: Uint8Array, name: string): XmlElement | undefined {
  if (bytes.length > MAX_XML_BYTES) return undefined;
  const root = readXml(new TextDecoder().decode(bytes));
  return typeof root !== 'string' && nameOf(root) === name ? root : undefined;
}

const CODE = /^[A-Za-z0-9.]{1,64}$/;

/** Returns the error code. The other fields of an error may contain anything, so they are not read. */
export function readErrorCode(bytes: Uint8Array): string | undefined {
  const document = readDocument(bytes, 'Error');
  const code = document && textOf(document, 'Code');
  return code !== undefined && CODE.test(code) ? code : undefined;
}

export interface Page {
  readonly keys: readonly string[];
  /** The token of the next page; `undefined` on the last one. */
  readonly next: string | undefined;
}

/** @returns `undefined` for another document */
export function readPage(bytes: Uint8Array): Page | undefined {
  const document = readDocument(bytes, 'ListBucketResult');
  if (document === undefined) return undefined;
  const isEncoded = textOf(document, 'EncodingType') === 'url';
  const keys: string[] = [];
  for (const content of childrenOf(document, 'Contents')) {
    const raw = childrenOf(content, 'Key')[0]?.text;
    const key = raw !== undefined && isEncoded ? decode(raw) : raw;
    if (key === undefined || key === '') return undefined;
    keys.push(key);
  }
  const truncated = textOf(document, 'IsTruncated');
  if (truncated !== 'true' && truncated !== 'false') return undefined;
  const next = truncated === 'true' ? textOf(document, 'NextContinuationToken') : undefined;
  return truncated === 'true' && !next ? undefined : { keys, next };
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return undefined; // invalid encoding
  }
}

/** @returns `undefined` for another document */
export function readUploadId(bytes: Uint8Array): string | undefined {
  const document = readDocument(bytes, 'InitiateMultipartUploadResult');
  return document && idOf(document);
}

function idOf(element: XmlElement): string | undefined {
  const id = textOf(element, 'UploadId');
  return id !== undefined && /^[\x21-\x7e]{1,2048}$/.test(id) ? id : undefined;
}

/** Reads one page of unfinished uploads. @returns `undefined` for another document */
export function readUploads(
  bytes: Uint8Array,
): readonly { readonly key: string; readonly uploadId: string }[] | undefined {
  const document = readDocument(bytes, 'ListMultipartUploadsResult');
  if (document === undefined) return undefined;
  const isEncoded = textOf(document, 'EncodingType') === 'url';
  return childrenOf(document, 'Upload').flatMap((upload) => {
    const raw = childrenOf(upload, 'Key')[0]?.text;
    const [key, uploadId] = [raw !== undefined && isEncoded ? decode(raw) : raw, idOf(upload)];
    return key === undefined || uploadId === undefined ? [] : [{ key, uploadId }];
  });
}

export const isCompleted = (bytes: Uint8Array): boolean =>
  readDocument(bytes, 'CompleteMultipartUploadResult') !== undefined;

export interface UploadPart {
  readonly etag: string;
  /** The SHA-256 in base64, when the server supports checksums. */
  readonly checksum?: string;
}

export function writeCompletion(parts: readonly UploadPart[]): Uint8Array {
  const each = parts.map(({ etag, checksum }, at) => {
    const checksumElement = checksum === undefined ? '' : `<ChecksumSHA256>${escapeXml(checksum)}</ChecksumSHA256>`;
    return `<Part><PartNumber>${at + 1}</PartNumber><ETag>${escapeXml(etag)}</ETag>${checksumElement}</Part>`;
  });
  const namespace = 'http://s3.amazonaws.com/doc/2006-03-01/';
  return new TextEncoder().encode(
    `<CompleteMultipartUpload xmlns="${namespace}">${each.join('')}</CompleteMultipartUpload>`,
  );
}
