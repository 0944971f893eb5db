/** `get_image`: returns a stored image, or the images of a call that was started earlier. */
import * as z from 'zod/mini';
import { isAiImageError } from '../../providers/protocol/index.ts';
import type { Artifact } from '../../store/store.ts';
import { answerCall } from '../calls/answer-call.ts';
import { idArgument, waitArgument } from '../request/argument-schemas.ts';
import { toImageId } from '../results/image-uri.ts';
import { getImageSchema } from '../results/result-schemas.ts';
import { refuse } from '../results/to-failure.ts';
import { toToolImage } from '../results/to-tool-image.ts';
import { toName, toWarnings } from '../results/words.ts';
import type { ToolResult } from '../tool-result.ts';
import type { ToolRun } from '../tool-set.ts';
import { defineTool, READ_ONLY } from './tool-definition.ts';

export const getImage = defineTool({
  name: 'get_image',
  title: 'Get an image',
  description:
    'Returns a stored image by its id, or the images of an earlier call by its job_id, and waits for them. Free: it never generates anything. Use it after a timeout or an unknown outcome.',
  annotations: READ_ONLY,
  args: z.strictObject({
    job_id: z.optional(idArgument('The job_id of an earlier answer.')),
    id: z.optional(idArgument('The id of a stored image. Pass either this or job_id.')),
    ...waitArgument,
  }),
  data: getImageSchema,
  async run({ job_id, id: imageId, wait_seconds }, call) {
    if ((job_id === undefined) === (imageId === undefined)) {
      return refuse('invalid_request', 'Pass either job_id or id.');
    }
    // Agents confuse the two ids, so each of them is looked for under both names.
    const found =
      imageId === undefined
        ? ((await findCall(job_id ?? '', wait_seconds, call)) ?? (await findStored(job_id ?? '', call)))
        : ((await findStored(imageId, call)) ?? (await findCall(imageId, wait_seconds, call)));
    if (found !== undefined) return found;
    return imageId === undefined
      ? refuse('invalid_request', 'No call has this job_id. Pass the job_id exactly as it was in the answer.')
      : refuse('invalid_request', 'No stored image has this id. search_images lists the images.');
  },
});

async function findCall(jobId: string, waitSeconds: number | undefined, run: ToolRun): Promise<ToolResult | undefined> {
  const call = await run.set.runner.find(jobId);
  return call === undefined ? undefined : answerCall({ jobId, call, origin: 'found' }, waitSeconds, run);
}

async function findStored(given: string, { set: { store, settings } }: ToolRun): Promise<ToolResult | undefined> {
  try {
    return { success: true, data: toStoredData(await store.get(toImageId(given)), settings) };
  } catch (error) {
    if (isAiImageError(error) && error.code === 'invalid_request') return undefined; // no image has this id
    throw error;
  }
}

const SHOWN_PROMPT_LENGTH = 2_000;

const toStoredData = (image: Artifact, settings: ToolRun['set']['settings']) => ({
  status: 'stored' as const,
  images: [toToolImage(image, settings)],
  provider: image.provider,
  model: toName(image.model),
  prompt: (image.promptUsed ?? '').slice(0, SHOWN_PROMPT_LENGTH),
  created_at: image.createdAt,
  selection: image.selection ?? null,
  cost_usd: image.cost.usd ?? null,
  job_id: image.call ?? null,
  parents: image.parents,
  warnings: toWarnings(image.warnings),
});
