/** Checks every file against its sidecar, and the pixel data of PNG files. Read-only. */

import { findPixelFault } from '../artifacts/png-pixels.ts';
import { type Sidecar, sidecarName } from '../artifacts/sidecar.ts';
import { codeOf } from '../files/files.ts';
import { sha256 } from '../files/sha256.ts';
import { describeSystemError } from '../files/system-error.ts';
import type { ArtifactReader } from '../storage/artifact-storage.ts';
import { readSidecars } from '../storage/walk.ts';

export interface VerifyFinding {
  /**
   * - `changed`: the file was changed since it was saved.
   * - `damaged`: the file is unchanged, and its pixel data is incomplete or invalid. Checked for PNG files only.
   * - `no-image`: the image file is missing.
   * - `no-sidecar`: the sidecar is missing.
   * - `broken-sidecar`: the sidecar is damaged.
   * - `newer-sidecar`: the sidecar was written by a later version of the library.
   * - `unreadable`: the operating system refuses to read the file or folder.
   */
  readonly kind: 'changed' | 'damaged' | 'no-image' | 'no-sidecar' | 'broken-sidecar' | 'newer-sidecar' | 'unreadable';
  /** The path of the file. */
  readonly path: string;
  /** The finding as a sentence for a person. The subject is the file. */
  readonly says: string;
}

/** A remark about an unchanged file. */
export interface VerifyNote {
  readonly kind: 'trailing-data';
  /** The path of the file. */
  readonly path: string;
  /** The finding as a sentence for a person. The subject is the file. */
  readonly says: string;
}

export interface Verified {
  /** Number of images without a finding: unchanged, with complete pixel data. */
  readonly intact: number;
  /** What is wrong. Empty if nothing is. */
  readonly findings: readonly VerifyFinding[];
  /** Absent when there are none. */
  readonly notes?: readonly VerifyNote[];
}

/** @param only the ids to check @default all images */
export async function verifyAll(storage: ArtifactReader, only?: ReadonlySet<string>): Promise<Verified> {
  const findings: VerifyFinding[] = [];
  const notes: VerifyNote[] = [];
  let intact = 0;
  for await (const folder of storage.walk()) {
    if (folder.unreadable !== undefined && !only) {
      findings.push({
        kind: 'unreadable',
        path: storage.pathOf(folder.folder),
        says: `it cannot be read: ${folder.unreadable}`,
      });
    }
    const described = new Set<string>();
    for await (const { name, reading } of readSidecars(storage, folder.folder, folder.sidecars)) {
      const path = storage.pathOf(folder.folder, name);
      if (reading.kind === 'foreign') continue;
      // A damaged sidecar may belong to any image with its name.
      const belongsTo = (image: string) =>
        reading.kind === 'sidecar' ? image === reading.sidecar.file : sidecarName(image) === name;
      for (const image of folder.images) if (belongsTo(image)) described.add(image);
      if (reading.kind === 'newer') {
        const says = `it has version ${reading.version}, which only a later version of the library can read`;
        findings.push({ kind: 'newer-sidecar', path, says });
      } else if (reading.kind === 'broken') findings.push({ kind: 'broken-sidecar', path, says: reading.why });
      else if (only === undefined || only.has(reading.sidecar.id)) {
        const { sidecar } = reading;
        const finding = await checkImage(storage, folder.folder, sidecar);
        if (finding) findings.push(finding);
        else intact++;
        if (sidecar.trailingBytes && finding?.kind !== 'no-image') {
          const says = `${sidecar.trailingBytes} bytes after the end of the image do not belong to it`;
          notes.push({ kind: 'trailing-data', path: storage.pathOf(folder.folder, sidecar.file), says });
        }
      }
    }
    if (only) continue;
    for (const image of folder.images.filter((each) => !described.has(each))) {
      findings.push({
        kind: 'no-sidecar',
        path: storage.pathOf(folder.folder, image),
        says: 'it has no sidecar',
      });
    }
  }
  return { intact, findings, ...(notes.length > 0 && { notes }) };
}

async function checkImage(
  { read, pathOf }: ArtifactReader,
  folder: readonly string[],
  { file, format, bytes, sha256: hash }: Pick<Sidecar, 'file' | 'format' | 'bytes' | 'sha256'>,
): Promise<VerifyFinding | undefined> {
  const path = pathOf(folder, file);
  try {
    const found = await read(folder, file, bytes);
    if (sha256(found) === hash) {
      const fault = format === 'png' ? await findPixelFault(found) : undefined;
      return fault === undefined ? undefined : { kind: 'damaged', path, says: `the PNG file ${fault}` };
    }
    return {
      kind: 'changed',
      path,
      says: 'the file was changed since it was saved: its hash is not the one recorded in its sidecar',
    };
  } catch (error) {
    if (codeOf(error) === 'ENOENT') {
      return { kind: 'no-image', path, says: 'it is missing, but its sidecar exists' };
    }
    return { kind: 'unreadable', path, says: `it cannot be read: ${describeSystemError(error)}` };
  }
}
