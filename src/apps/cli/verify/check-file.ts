/** Checks an image file against its mark, its C2PA manifest and its sidecar. */
import { readFile } from 'node:fs/promises';
import { join, parse } from 'node:path';
import { inspectImage } from '../../../providers/kit/image/inspect-image.ts';
import { findPixelFault } from '../../../store/artifacts/png-pixels.ts';
import { readSidecar, type SidecarReading } from '../../../store/artifacts/sidecar.ts';
import { codeOf } from '../../../store/files/files.ts';
import { describeSystemError } from '../../../store/files/system-error.ts';
import { describeProvenance, type Provenance } from '../../../store/index.ts';
import { readFileBytes } from '../flags/read-file.ts';
import { UsageError } from '../usage-error.ts';

const MAX_BYTES = 256_000_000;

export interface CheckedFile {
  readonly path: string;
  readonly provenance: Provenance;
  /** Claims that are wrong. A missing claim is no problem. */
  readonly problems: readonly string[];
  /** Why the image file itself is damaged. */
  readonly damage?: string | undefined;
  /** Other facts for the user. */
  readonly notes: readonly string[];
}

/** Read-only, and sends nothing. @param trustedRoots PEM @throws Error as `readFileBytes` */
export async function checkFile(path: string, trustedRoots: string | undefined): Promise<CheckedFile> {
  const bytes = await readFileBytes(path, {
    maxBytes: MAX_BYTES,
    toError: (why, hint) => new UsageError(`${path}: ${why}`, hint),
  });
  const sidecar = await readSidecarBeside(path);
  const provenance = await describeProvenance(
    bytes,
    sidecar?.kind === 'sidecar' ? sidecar.sidecar : undefined,
    trustedRoots === undefined ? {} : { trustedRoots },
  );
  const problems = [...(sidecar?.kind === 'broken' ? [`its sidecar is damaged: ${sidecar.why}`] : [])];
  const { damage, trailingBytes = 0 } = await findDamage(bytes);
  const trailing = trailingBytes > 0 ? [`The file has ${trailingBytes} more bytes after the end of the image.`] : [];
  return {
    path,
    provenance,
    problems: [...problems, ...problemsOf(provenance, trustedRoots !== undefined)],
    damage,
    notes: [...notesOf(sidecar), ...trailing],
  };
}

/** Checks the structure of the image, and the pixel data of a PNG. SVG files are not checked. */
async function findDamage(bytes: Uint8Array): Promise<{ readonly damage?: string; readonly trailingBytes?: number }> {
  const found = inspectImage(bytes);
  if (found.kind === 'unknown' || found.format === 'svg') return {};
  const fault = found.kind === 'broken' ? found.reason : await findPixelFault(bytes);
  return {
    ...(fault !== undefined && { damage: `the ${found.format.toUpperCase()} file ${fault}` }),
    ...(found.kind === 'image' && found.trailingBytes !== undefined && { trailingBytes: found.trailingBytes }),
  };
}

function notesOf(sidecar: SidecarReading | undefined): readonly string[] {
  if (sidecar?.kind === 'foreign') return ['The JSON file beside it is not a sidecar of this program.'];
  if (sidecar?.kind === 'newer') {
    return [`Its sidecar has version ${sidecar.version}, which this version of the program cannot read.`];
  }
  return [];
}

export function problemsOf({ reading, manifest, sidecar, hash }: Provenance, hasRoots: boolean): readonly string[] {
  const { mark } = reading;
  const contradicts = (['provider', 'model'] as const).some(
    (field) => sidecar?.[field] && mark?.[field] && sidecar[field] !== mark[field],
  );
  return [
    ...(reading.format === undefined ? ['it is not an image in a supported format'] : []),
    ...(hash === 'differs'
      ? ['its hash is not the one recorded in its sidecar: the file was changed or replaced']
      : []),
    ...(contradicts ? ['its sidecar and its mark contradict each other'] : []),
    ...(manifest.kind === 'unreadable' ? ['its C2PA manifest cannot be read'] : []),
    ...(manifest.kind === 'found' && !manifest.isValid ? ['its C2PA manifest is not valid'] : []),
    ...(manifest.kind === 'found' && manifest.isValid && hasRoots && !manifest.isTrusted
      ? ['the signer of its C2PA manifest is not trusted by --roots']
      : []),
  ];
}

/** Reads the sidecar with the file's name, if there is one. */
async function readSidecarBeside(path: string): Promise<SidecarReading | undefined> {
  const { dir, name } = parse(path);
  try {
    return readSidecar(await readFile(join(dir, `${name}.json`), 'utf8'));
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    return { kind: 'broken', why: `cannot read it: ${describeSystemError(error)}` };
  }
}
