/** Turns the arguments of a tool into the request of the manager. */
import type { ManagerRequest } from '../../manager/interfaces/request.ts';
import { AiImageError, type ImageSize } from '../../providers/protocol/index.ts';
import type { ToolCallContext } from '../image-tools.ts';
import type { ToolRun } from '../tool-set.ts';
import type { ImageArguments } from './argument-schemas.ts';
import { chooseModel } from './choose-model.ts';
import { hashText } from './hash-text.ts';

/** The images that a request starts from. */
export interface RequestImages {
  readonly inputImages: readonly (Uint8Array | string)[];
  /** Ids of the stored ones. */
  readonly parents: readonly string[];
  readonly mask?: Uint8Array | string | undefined;
}

const MAX_NOTE_LENGTH = 256;
const TRACE_LENGTH = 16;
/** What the manager fills in for each image of a batch. Tools have no batches. */
const PLACEHOLDER = '{{variation}}';

/**
 * Agents guess sizes and qualities: what the model cannot do is adapted, and the answer says so.
 * @throws AiImageError `invalid_request`: no provider has the model
 */
export async function toManagerRequest(
  { prompt, n, size, aspect_ratio, quality, style, seed, ...names }: ImageArguments,
  { set, context }: ToolRun,
  { inputImages, parents, mask }: RequestImages = { inputImages: [], parents: [] },
): Promise<ManagerRequest> {
  if (prompt.includes(PLACEHOLDER)) {
    throw new AiImageError('invalid_request', `the prompt has ${PLACEHOLDER}, which nothing replaces`, {
      charged: 'no',
      hint: 'Write the text that belongs there.',
    });
  }
  const { profile } = set.settings;
  return {
    prompt,
    ...(await chooseModel(names, set.manager)),
    ...(n !== undefined && { n }),
    ...(size !== undefined && { size: size as ImageSize }), // the plan checks it
    ...(aspect_ratio !== undefined && { aspectRatio: aspect_ratio }),
    ...(quality !== undefined && { quality }),
    ...(style !== undefined && { style }),
    ...(seed !== undefined && { seed }),
    ...(inputImages.length > 0 && { inputImages }),
    ...(mask !== undefined && { mask }),
    ...(parents.length > 0 && { parents }),
    ...(profile !== undefined && { profile }),
    // Without a profile, calls share nothing. With one, its limit of images per session needs a session.
    ...(set.session !== undefined && { session: set.session }),
    metadata: await toMetadata(prompt, context),
    onUnsupported: 'adapt',
  };
}

async function toMetadata(
  prompt: string,
  { conversation_id, persona, user, trace_id }: ToolCallContext,
): Promise<Readonly<Record<string, string>>> {
  const notes = {
    conversation_id,
    persona,
    user,
    trace_id: trace_id ?? (await hashText(prompt)).slice(0, TRACE_LENGTH),
  };
  const given = Object.entries(notes).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  return Object.fromEntries(given.map(([name, note]) => [name, note.slice(0, MAX_NOTE_LENGTH)]));
}
