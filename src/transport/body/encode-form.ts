/**
 * Encodes `multipart/form-data` bodies. A `FormData` is not used: a `fetch` that comes from a package or another realm sends one that it
 * did not create as the text `[object FormData]`.
 * Source: HTML standard, "multipart/form-data encoding algorithm"; names are escaped as the platform's fetch does.
 */
import type { PartField } from '../call.ts';

const encoder = new TextEncoder();

/** Encodes texts and files in their order. The boundary is random, so that no file can contain it on purpose. */
export function encodeForm(parts: readonly PartField[]): { bytes: Uint8Array<ArrayBuffer>; contentType: string } {
  const random = crypto.getRandomValues(new Uint8Array(16));
  const boundary = `----form-${Array.from(random, (byte) => byte.toString(16).padStart(2, '0')).join('')}`;
  const pieces = parts.flatMap((part) => {
    const start = `--${boundary}\r\nContent-Disposition: form-data; name="${escapeName(withCrlf(part.name))}"`;
    return 'value' in part
      ? [encoder.encode(`${start}\r\n\r\n${withCrlf(part.value)}\r\n`)]
      : [
          encoder.encode(
            `${start}; filename="${escapeName(part.fileName)}"\r\nContent-Type: ${typeOf(part.mediaType)}\r\n\r\n`,
          ),
          part.bytes,
          encoder.encode('\r\n'),
        ];
  });
  pieces.push(encoder.encode(`--${boundary}--\r\n`));
  const bytes = new Uint8Array(pieces.reduce((total, { length }) => total + length, 0));
  let offset = 0;
  for (const piece of pieces) {
    bytes.set(piece, offset);
    offset += piece.length;
  }
  return { bytes, contentType: `multipart/form-data; boundary=${boundary}` };
}

function withCrlf(text: string): string {
  return text.replace(/\r?\n|\r/g, '\r\n');
}

function escapeName(name: string): string {
  return name.replaceAll('\n', '%0A').replaceAll('\r', '%0D').replaceAll('"', '%22');
}

/** Like a `Blob`, which drops a type that has other characters than printable ASCII. */
function typeOf(mediaType: string): string {
  return /^[\x20-\x7e]+$/.test(mediaType) ? mediaType.toLowerCase() : 'application/octet-stream';
}
