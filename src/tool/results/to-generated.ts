/** Turns the result of a call into the answer that an agent reads. */
import type { ManagedGeneration } from '../../manager/interfaces/generation.ts';
import type { StoredGeneration } from '../../store/interfaces.ts';
import type { PricedCandidate } from '../calls/begun-call.ts';
import type { GeneratedData, ToolFailure, ToolImage, ToolSuccess } from '../tool-result.ts';
import type { FilledSettings } from '../tool-set.ts';
import { toToolImage } from './to-tool-image.ts';
import { toName, toWarnings, withoutFolder } from './words.ts';

export interface FinishedCall {
  readonly jobId: string;
  readonly generation: StoredGeneration;
  /** Problems that did not stop the images. */
  readonly notes: readonly string[];
  /** The expected prices. If there are none, the answer has the actual cost in their place. */
  readonly candidates: readonly PricedCandidate[];
  /** The call was made before: this answer costs nothing. */
  readonly isRepeat: boolean;
}

/** A failure if none of the images could be stored: agents find images by their ids. */
export function toGenerated(
  { jobId, generation, notes, candidates, isRepeat }: FinishedCall,
  settings: Pick<FilledSettings, 'linkOf' | 'store'>,
): ToolSuccess<GeneratedData> | ToolFailure {
  const { images: made, failures, saved, model, timing, cost, applied, warnings } = generation;
  const provider = nameOf(generation);
  const expected = candidates.find((each) => each.provider === provider && each.estimate.model === model);
  const paths = new Map(saved.map(({ id, path }) => [id, path]));
  const images = made.flatMap((image): readonly ToolImage[] => {
    const path = paths.get(image.id);
    return path === undefined ? [] : [toToolImage({ ...image, path }, settings)];
  });
  const [first] = images;
  if (first === undefined) return unstoredFailure(jobId);
  const { usd = null } = cost;
  const all = [
    ...warnings.map(({ message }) => message),
    ...failures.map(({ index, error }) => `image ${index + 1} failed: ${error.code}`),
    ...notes,
    ...(images.length < made.length
      ? [`${made.length - images.length} of ${made.length} images could not be stored`]
      : []),
  ];
  return {
    success: true,
    data: {
      status: 'done',
      images,
      provider,
      model: toName(model),
      timing_ms: Math.round(timing.durationMs),
      cost_estimate: (expected ?? candidates[0])?.estimate ?? {
        estimated_usd: usd,
        per_image_usd: usd === null ? null : Math.round((usd / made.length) * 1e6) / 1e6,
        model: toName(model),
        size: applied.size ?? null,
      },
      cost_usd: isRepeat ? 0 : usd,
      job_id: jobId,
      warnings: toWarnings(all.map((each) => withoutFolder(each, settings.store.directory))),
    },
  };
}

/** The provider's name in the settings. A generation has the provider's own id, except one that was read from the store. */
function nameOf(generation: StoredGeneration | ManagedGeneration): string {
  const made = 'attempts' in generation ? generation.attempts.find(({ outcome }) => outcome === 'done') : undefined;
  return made?.provider ?? generation.provider;
}

const unstoredFailure = (jobId: string): ToolFailure => ({
  success: false,
  error:
    'The images were made and charged, and they could not be stored. Do not start another call for them: tell the user that a person finds them in the quarantine of the store, or has to free space on its disk.',
  data: { code: 'storage_failed', charged: 'yes', job_id: jobId, retry: false },
});
