/** Checks every file against its sidecar, and the pixel data of PNG files. Read-only. */
import { sha256 } from '../artifacts/describe-artifact.ts';
import { findPixelFault } from '../artifacts/png-pixels.ts';
import { type Sidecar, sidecarName } from '../artifacts/sidecar.ts';
import { codeOf } from '../files/files.ts';
import type { ArtifactReader } from '../storage/artifact-storage.ts';
import { readSidecars } from '../storage/walk.ts';

export interface VerifyFinding {
  /**
   * - `changed`: the file is not the one that was kept.
   * - `damaged`: it is, and its pixel data does not add up. PNG files alone are looked at so closely.
   * - `no-picture`, `no-sidecar`: one of the two is missing.
   * - `broken-sidecar`, `newer-sidecar`: the sidecar cannot be read, or not by this version.
   * - `unreadable`: the system does not let the file or folder be read.
   */
  readonly kind:
    | 'changed'
    | 'damaged'
    | 'no-picture'
    | 'no-sidecar'
    | 'broken-sidecar'
    | 'newer-sidecar'
    | 'unreadable';
  readonly path: string;
  /** In words for a person. */
  readonly says: string;
}

/** Something to know about a file that is whole. */
export interface VerifyNote {
  readonly kind: 'trailing-data';
  readonly path: string;
  /** In words for a person. */
  readonly says: string;
}

export interface Verified {
  /** Images that are, byte for byte, what was kept, and whose pixel data adds up. */
  readonly whole: number;
  readonly findings: readonly VerifyFinding[];
  /** Left out when there are none. */
  readonly notes?: readonly VerifyNote[];
}

/** @param only ids; all without it */
export async function verifyAll(shelf: ArtifactReader, only?: ReadonlySet<string>): Promise<Verified> {
  const findings: VerifyFinding[] = [];
  const notes: VerifyNote[] = [];
  let whole = 0;
  for await (const folder of shelf.walk()) {
    if (folder.unreadable !== undefined && !only) {
      findings.push({
        kind: 'unreadable',
        path: shelf.pathOf(folder.folder),
        says: `it cannot be read: ${folder.unreadable}`,
      });
    }
    const described = new Set<string>();
    for await (const { name, reading } of readSidecars(shelf, folder.folder, folder.sidecars)) {
      const path = shelf.pathOf(folder.folder, name);
      if (reading.kind === 'foreign') continue;
      // One that cannot be read may be that of every picture with its name.
      const its = (picture: string) =>
        reading.kind === 'sidecar' ? picture === reading.sidecar.file : sidecarName(picture) === name;
      for (const picture of folder.pictures) if (its(picture)) described.add(picture);
      if (reading.kind === 'newer') {
        const says = `it is of version ${reading.version}, which this version of the library does not read`;
        findings.push({ kind: 'newer-sidecar', path, says });
      } else if (reading.kind === 'broken') findings.push({ kind: 'broken-sidecar', path, says: reading.why });
      else if (only === undefined || only.has(reading.sidecar.id)) {
        const { sidecar } = reading;
        const finding = await checkPicture(shelf, folder.folder, sidecar);
        if (finding) findings.push(finding);
        else whole++;
        if (sidecar.trailingBytes && finding?.kind !== 'no-picture') {
          const says = `${sidecar.trailingBytes} bytes follow the end of the image; they are no part of it`;
          notes.push({ kind: 'trailing-data', path: shelf.pathOf(folder.folder, sidecar.file), says });
        }
      }
    }
    if (only) continue;
    for (const picture of folder.pictures.filter((each) => !described.has(each))) {
      findings.push({
        kind: 'no-sidecar',
        path: shelf.pathOf(folder.folder, picture),
        says: 'nothing says where it comes from',
      });
    }
  }
  return { whole, findings, ...(notes.length > 0 && { notes }) };
}

async function checkPicture(
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
    return { kind: 'changed', path, says: 'it is not what was kept: its hash differs from that of its sidecar' };
  } catch (error) {
    if (codeOf(error) === 'ENOENT') {
      return { kind: 'no-picture', path, says: 'the sidecar is there, the picture is gone' };
    }
    return { kind: 'unreadable', path, says: `it cannot be read: ${codeOf(error) ?? 'unknown reason'}` };
  }
}
