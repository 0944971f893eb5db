/** Builds the request that generates a stored image again, from its sidecar. Values that the sidecar lacks are never guessed. */
import type { ManagerRequest } from '../../index.ts';
import type { Artifact, Store } from '../../store/index.ts';
import { AppError } from './app-error.ts';

export interface RerunChanges {
  /** A new seed, or `same` for the one that the model reported. @default the seed of the original request */
  readonly seed?: number | 'same' | undefined;
  /** @default 1 */
  readonly n?: number | undefined;
  /** `false`: something else decides the format, for example a file name. @default true */
  readonly keepsFormat?: boolean;
  /** Keys of `metadata` that belong to the original call only. */
  readonly omitMetadata?: readonly string[];
}

/** The request uses the original provider and model, without fallback. @throws AppError when the sidecar does not hold enough */
export async function toRerunRequest(
  artifact: Artifact,
  { seed, n = 1, keepsFormat = true, omitMetadata = [] }: RerunChanges,
  store: Store,
): Promise<ManagerRequest> {
  const { request, applied, parents, provider, model } = artifact;
  if (artifact.imported) {
    throw new AppError(
      'rerun_without_prompt',
      'the image was imported, so there is no request that generates it again',
      {
        hint: 'Use it as an input image of a new request.',
      },
    );
  }
  if (artifact.promptUsed === undefined) {
    throw new AppError(
      'rerun_without_prompt',
      'the store has only the hash of the prompt, so it cannot generate the image again',
      {
        hint: 'Generate it with the prompt.',
      },
    );
  }
  const images = request.inputImages;
  if (applied.operation !== undefined && images === undefined) {
    throw missingInputError(`it is an edit (${applied.operation}), and its sidecar does not name the input image`);
  }
  const known = await parentsByHash(parents, store);
  const inputs = Array.isArray(images) ? images.map((each) => findInput('an input image', each, known)) : undefined;
  const mask = request.mask === undefined ? undefined : findInput('the mask', request.mask, known);
  const again = {
    ...request,
    provider,
    model: applied.model ?? model,
    n,
    seed: seedOf(artifact, seed),
    format: keepsFormat ? request.format : undefined,
    inputImages: inputs && (await Promise.all(inputs.map((read) => read()))),
    mask: await mask?.(),
    metadata: metadataOf(request.metadata, omitMetadata),
    parents: parents.length > 0 ? parents : undefined,
    fallback: [],
  };
  const defined = Object.entries(again).filter(([, value]) => value !== undefined);
  // Each field was checked before it was stored, and is checked again before anything is sent.
  return Object.fromEntries(defined) as unknown as ManagerRequest;
}

function metadataOf(stored: unknown, omitted: readonly string[]): unknown {
  if (typeof stored !== 'object' || stored === null) return undefined;
  const others = Object.entries(stored).filter(([name]) => !omitted.includes(name));
  return others.length > 0 ? Object.fromEntries(others) : undefined;
}

/** Each image of a call had a seed of its own, so the seed that the model reported comes before the one in the request. */
function seedOf({ seed: reported, request, index }: Artifact, requestedSeed: RerunChanges['seed']): unknown {
  const requested = index === 0 ? request.seed : undefined;
  if (typeof requestedSeed === 'number') return requestedSeed;
  if (requestedSeed === undefined && request.seed === undefined) return undefined;
  return reported ?? requested ?? noSeed();
}

function noSeed(): never {
  throw new AppError('rerun_without_seed', 'its model reported no seed', { hint: 'Give a seed as a number, or none.' });
}

type Read = () => Promise<Uint8Array>;

/** Both hashes of a parent lead to it: that of the file, and that of the bytes received. Only the "made by AI" mark differs. */
async function parentsByHash(parents: readonly string[], store: Store): Promise<ReadonlyMap<string, Read>> {
  const known = new Map<string, Read>();
  for (const id of parents) {
    // A deleted parent has no bytes; an input that needs them is refused later.
    const parent = await store.get(id).catch(() => undefined);
    if (parent === undefined) continue;
    const read = () => store.open(id);
    known.set(parent.receivedSha256, read).set(parent.sha256, read);
  }
  return known;
}

function findInput(name: string, stored: unknown, known: ReadonlyMap<string, Read>): Read {
  if (typeof stored === 'string')
    throw missingInputError(`${name} was a link, and the sidecar has only its origin`, 'LINK');
  const { sha256 } = (stored ?? {}) as { readonly sha256?: unknown }; // plain JSON of a sidecar
  const read = typeof sha256 === 'string' ? known.get(sha256) : undefined;
  if (read) return read;
  throw missingInputError(`${name} is not in the store; the sidecar has only its hash`);
}

const missingInputError = (message: string, placeholder: 'FILE' | 'LINK' = 'FILE') =>
  new AppError('rerun_without_input', message, {
    hint: 'Generate it with that image as input.',
    values: { placeholder },
  });
