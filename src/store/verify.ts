/** What holds and what does not, file by file. Looks and changes nothing. */
import { sha256 } from './describe-artifact.ts';
import { codeOf } from './files.ts';
import type { ShelfReader } from './shelf.ts';
import { type Sidecar, sidecarName } from './sidecar.ts';
import { readSidecars } from './walk.ts';

export interface Finding {
  readonly kind: 'changed' | 'no-picture' | 'no-sidecar' | 'broken-sidecar' | 'newer-sidecar' | 'unreadable';
  readonly path: string;
  /** In words for a person. */
  readonly says: string;
}

export interface Verified {
  /** Pictures that are, byte for byte, what was kept. */
  readonly whole: number;
  readonly findings: readonly Finding[];
}

/** @param only ids; all without it */
export async function verifyAll(shelf: ShelfReader, only?: ReadonlySet<string>): Promise<Verified> {
  const findings: Finding[] = [];
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
        const finding = await checkPicture(shelf, folder.folder, reading.sidecar);
        if (finding) findings.push(finding);
        else whole++;
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
  return { whole, findings };
}

async function checkPicture(
  { read, pathOf }: ShelfReader,
  folder: readonly string[],
  { file, bytes, sha256: hash }: Pick<Sidecar, 'file' | 'bytes' | 'sha256'>,
): Promise<Finding | undefined> {
  const path = pathOf(folder, file);
  try {
    if (sha256(await read(folder, file, bytes)) === hash) return undefined;
    return { kind: 'changed', path, says: 'it is not what was kept: its hash differs from that of its sidecar' };
  } catch (error) {
    if (codeOf(error) === 'ENOENT') {
      return { kind: 'no-picture', path, says: 'the sidecar is there, the picture is gone' };
    }
    return { kind: 'unreadable', path, says: `it cannot be read: ${codeOf(error) ?? 'unknown reason'}` };
  }
}
