/** Whether what a file, its mark, its manifest and its sidecar say of it holds. */
import { readFile } from 'node:fs/promises';
import { join, parse } from 'node:path';
import { inspectImage } from '../../../providers/kit/image/inspect.ts';
import { findPixelFault } from '../../../store/artifacts/png-pixels.ts';
import { readSidecar, type SidecarReading } from '../../../store/artifacts/sidecar.ts';
import { describeProvenance, type Provenance } from '../../../store/index.ts';
import { readFileOf } from '../flags/read-file.ts';
import { UsageError } from '../usage-error.ts';

const MOST_BYTES = 256_000_000;
const HINT = 'Name a picture: its file, its id, or how that begins. Without a name the whole store is verified.';

export interface CheckedFile {
  readonly path: string;
  readonly provenance: Provenance;
  /** What was said and does not hold; empty where everything does. What was never said is no problem. */
  readonly problems: readonly string[];
  /** Why the image itself is not whole, whatever is said of it. */
  readonly damage?: string | undefined;
  /** What a person should know besides. */
  readonly notes: readonly string[];
}

/** Changes nothing, and asks nobody. @param trustedRoots PEM @throws UsageError: there is no such file */
export async function checkFile(path: string, trustedRoots: string | undefined): Promise<CheckedFile> {
  const bytes = await readFileOf(path, {
    mostBytes: MOST_BYTES,
    cannot: (why) => new UsageError(`${path}: ${why}`, HINT),
  });
  const beside = await readBeside(path);
  const provenance = await describeProvenance(
    bytes,
    beside?.kind === 'sidecar' ? beside.sidecar : undefined,
    trustedRoots === undefined ? {} : { trustedRoots },
  );
  const problems = [...(beside?.kind === 'broken' ? [`its sidecar is broken: ${beside.why}`] : [])];
  const { damage, trailingBytes = 0 } = await lookInto(bytes);
  const trailing =
    trailingBytes > 0 ? [`${trailingBytes} bytes follow the end of the image; they are no part of it.`] : [];
  return {
    path,
    provenance,
    problems: [...problems, ...problemsOf(provenance, trustedRoots !== undefined)],
    damage,
    notes: [...notesOf(beside), ...trailing],
  };
}

/** Whether the image is whole: its structure, and of a PNG its pixel data. Drawings are text and are not looked into. */
async function lookInto(bytes: Uint8Array): Promise<{ readonly damage?: string; readonly trailingBytes?: number }> {
  const found = inspectImage(bytes);
  if (found.kind === 'unknown' || found.format === 'svg') return {};
  const fault = found.kind === 'broken' ? found.reason : await findPixelFault(bytes);
  return {
    ...(fault !== undefined && { damage: `the ${found.format.toUpperCase()} file ${fault}` }),
    ...(found.kind === 'image' && found.trailingBytes !== undefined && { trailingBytes: found.trailingBytes }),
  };
}

function notesOf(beside: SidecarReading | undefined): readonly string[] {
  if (beside?.kind === 'foreign') return ['The JSON beside it is none of ours.'];
  if (beside?.kind === 'newer') {
    return [`Its sidecar is of version ${beside.version}, which this version of the program does not read.`];
  }
  return [];
}

export function problemsOf({ reading, manifest, sidecar, hash }: Provenance, hasRoots: boolean): readonly string[] {
  const { mark } = reading;
  const contradicts = (['provider', 'model'] as const).some(
    (field) => sidecar?.[field] && mark?.[field] && sidecar[field] !== mark[field],
  );
  return [
    ...(reading.format === undefined ? ['it is no picture of a kind that is known here'] : []),
    ...(hash === 'differs' ? ['it is not the file that its sidecar was written for'] : []),
    ...(contradicts ? ['its sidecar and its mark do not say the same'] : []),
    ...(manifest.kind === 'unreadable' ? ['its C2PA manifest cannot be read'] : []),
    ...(manifest.kind === 'found' && !manifest.isValid ? ['its C2PA manifest is not valid'] : []),
    ...(manifest.kind === 'found' && manifest.isValid && hasRoots && !manifest.isTrusted
      ? ['the signer of its C2PA manifest leads to none of the roots']
      : []),
  ];
}

/** The sidecar that has the file's name, if there is one. */
async function readBeside(path: string): Promise<SidecarReading | undefined> {
  const { dir, name } = parse(path);
  try {
    return readSidecar(await readFile(join(dir, `${name}.json`), 'utf8'));
  } catch (error) {
    const { code = 'unknown reason' } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' ? undefined : { kind: 'broken', why: `it cannot be read (${code})` };
  }
}
