/** Saves an image that no provider made, for example a photo that a request starts from. Loaded on first use. */
import { AiImageError } from '../../providers/protocol/errors.ts';
import { describeKind } from '../../providers/protocol/input/hide-keys.ts';
import { IMAGE_FORMATS } from '../../providers/protocol/vocabulary.ts';
import { loadImageCheck } from '../../providers/wrap.ts';
import { hashPrompt } from '../artifacts/prompt-placeholder.ts';
import { SIDECAR_VERSION, type Sidecar } from '../artifacts/sidecar.ts';
import { sha256 } from '../files/sha256.ts';

/** What the sidecar names as provider and model. */
const IMPORT = 'import';
/** 128 bits of the hash. */
const ID_LENGTH = 32;

/**
 * Describes an imported image. Its id is derived from its bytes, so that the same bytes are saved once.
 * @throws AiImageError `invalid_request`: the bytes are no complete image of a known format; `too_large`
 */
export async function describeImport(
  bytes: Uint8Array,
  { createdAt, library }: Pick<Sidecar, 'createdAt' | 'library'>,
): Promise<Omit<Sidecar, 'file'>> {
  if (!(bytes instanceof Uint8Array)) {
    throw new AiImageError('invalid_request', `import: the image must be bytes, not ${describeKind(bytes)}`, {
      charged: 'no',
      hint: 'Pass the content of an image file as a Uint8Array.',
    });
  }
  const checkImage = await loadImageCheck();
  const checked = checkImage(bytes, { allowed: IMAGE_FORMATS });
  if (!checked.ok) {
    const code = checked.code === 'too_large' ? 'too_large' : 'invalid_request';
    throw new AiImageError(code, `the image cannot be imported: it ${checked.reason}`, {
      charged: 'no',
      hint: `Pass a complete image file: ${IMAGE_FORMATS.join(', ')}.`,
    });
  }
  const hash = sha256(bytes);
  return {
    version: SIDECAR_VERSION,
    id: hash.slice(0, ID_LENGTH),
    createdAt,
    ...checked.image,
    bytes: bytes.length,
    sha256: hash,
    receivedSha256: hash,
    mark: { place: 'none', why: 'no model made the image: it was imported' },
    imported: true,
    provider: IMPORT,
    model: IMPORT,
    ...hashPrompt(''),
    request: {},
    applied: {},
    warnings: [],
    cost: { usd: 0, basis: 'none' },
    timing: { startedAt: Date.parse(createdAt), durationMs: 0 },
    index: 0,
    parents: [],
    tags: [],
    library,
  };
}
