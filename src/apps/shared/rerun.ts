/** From a sidecar back to the request it tells of. What was not written down is never guessed. */
import type { ManagerRequest } from '../../index.ts';
import type { Artifact, Store } from '../../store/index.ts';
import { ROW_NOTE } from '../cli/batch/reconcile-batch.ts';
import { definedOnly, readWhole } from '../cli/flags/request-flags.ts';
import { UsageError } from '../cli/usage-error.ts';

export interface RerunWishes {
  /** A number, or `same`: the one that the model reported. @default as it was asked for */
  readonly seed?: string;
  readonly n?: string;
  readonly out?: string;
}

/** The name says what format it is to be. */
const NAMES_FORMAT = /\.(?:png|jpe?g|webp|gif|avif|svg)$/i;

/** One picture, from the provider and the model that drew it, and from nobody else. @throws UsageError where the sidecar does not tell enough */
export async function toRerunRequest(artifact: Artifact, wishes: RerunWishes, store: Store): Promise<ManagerRequest> {
  const { request, applied, parents, provider, model } = artifact;
  if (artifact.promptUsed === undefined) {
    throw new UsageError(
      'only the hash of its prompt was kept, so it cannot be drawn again',
      'Give the prompt once more: imagen generate.',
    );
  }
  const pictures = request.inputImages;
  if (applied.operation !== undefined && pictures === undefined) {
    throw new UsageError(
      `it is an edit (${applied.operation}), and its sidecar does not tell of which picture`,
      'Name that picture: imagen generate --input FILE.',
    );
  }
  const known = await parentsByHash(parents, store);
  const inputs = Array.isArray(pictures) ? pictures.map((each) => bytesOf('an input', each, known)) : undefined;
  const mask = request.mask === undefined ? undefined : bytesOf('the mask', request.mask, known);
  const { format } = request;
  // Each of its fields was checked before it was written down, and is checked again before anything is sent.
  return definedOnly({
    ...request,
    provider,
    model: applied.model ?? model,
    n: readWhole('--n', wishes.n, 1, 100) ?? 1,
    seed: seedOf(artifact, wishes),
    format: wishes.out !== undefined && NAMES_FORMAT.test(wishes.out) ? undefined : format,
    inputImages: inputs && (await Promise.all(inputs.map((read) => read()))),
    mask: await mask?.(),
    metadata: metadataOf(request.metadata),
    parents: parents.length > 0 ? parents : undefined,
    fallback: [],
  }) as unknown as ManagerRequest;
}

/** Whose budget it is stays; that it was a row of a file does not: this picture is no row's. */
function metadataOf(written: unknown): unknown {
  if (typeof written !== 'object' || written === null) return undefined;
  const kept = Object.entries(written).filter(([name]) => name !== ROW_NOTE);
  return kept.length > 0 ? Object.fromEntries(kept) : undefined;
}

/** Of several pictures each had a seed of its own: what the model reported counts before what was asked for. */
function seedOf({ seed, request, index }: Artifact, wishes: RerunWishes): unknown {
  const asked = index === 0 ? request.seed : undefined;
  if (wishes.seed === undefined) return request.seed === undefined ? undefined : (seed ?? asked ?? noSeed());
  return wishes.seed === 'same' ? (seed ?? asked ?? noSeed()) : readSeed(wishes.seed);
}

function noSeed(): never {
  throw new UsageError('its model reported no seed', 'Give one as a number: --seed 7, or leave --seed out.');
}

function readSeed(text: string): number | undefined {
  if (/^\d+$/.test(text)) return readWhole('--seed', text, 0, Number.MAX_SAFE_INTEGER);
  throw new UsageError(
    `--seed ${text.slice(0, 40)} is neither a number nor same`,
    'Write --seed same for the seed it was drawn with, or a number.',
  );
}

type Read = () => Promise<Uint8Array>;

/** Both by the bytes of the file and by those that came from the vendor: only the mark lies between them. */
async function parentsByHash(parents: readonly string[], store: Store): Promise<ReadonlyMap<string, Read>> {
  const known = new Map<string, Read>();
  for (const id of parents) {
    // A parent that is gone has no bytes; what needs them says so.
    const parent = await store.get(id).catch(() => undefined);
    if (parent === undefined) continue;
    const read = () => store.open(id);
    known.set(parent.receivedSha256, read).set(parent.sha256, read);
  }
  return known;
}

function bytesOf(what: string, written: unknown, known: ReadonlyMap<string, Read>): Read {
  if (typeof written === 'string') {
    throw new UsageError(
      `${what} was a link, and only its place was kept`,
      'Name the picture once more: imagen generate --input LINK.',
    );
  }
  const { sha256 } = (written ?? {}) as { readonly sha256?: unknown }; // plain JSON of a sidecar
  const read = typeof sha256 === 'string' ? known.get(sha256) : undefined;
  if (read) return read;
  throw new UsageError(
    `${what} is not in the store: its sidecar has its hash alone`,
    'Name the picture once more: imagen generate --input FILE.',
  );
}
