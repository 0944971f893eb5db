/** Turns answers and events of the server into the state of a run. */
import { ApiError } from '../api-error.ts';
import type { ApiGeneratedImage, ApiGeneration } from '../schemas/generate.ts';
import type { ApiImageDetails } from '../schemas/images.ts';
import type { ApiPartialImage, ApiRun, ApiRunEvent } from '../schemas/runs.ts';
import type { ImageRunState, RunFailure, RunImage, RunPreview } from './image-run-state.ts';

/** What a run says about itself. Images come from elsewhere. */
export function withRun(state: ImageRunState, run: ApiRun): ImageRunState {
  const { id, provider = state.provider, model = state.model, costUsd = state.costUsd, error } = run;
  return {
    ...state,
    status: run.state,
    runId: id,
    ...(provider !== undefined && { provider }),
    ...(model !== undefined && { model }),
    ...(costUsd !== undefined && { costUsd }),
    ...(error && { error: { ...error } }),
  };
}

export function withEvent(state: ImageRunState, { run, type, progress, image }: ApiRunEvent): ImageRunState {
  // The images of a run that is done are fetched first: a page must not show `done` without them.
  const next = withRun(state, run.state === 'done' ? { ...run, state: 'running' } : run);
  return {
    ...next,
    ...(type === 'progress' && progress !== undefined && { progress }),
    ...(image && { previews: withPreview(next.previews, image) }),
  };
}

function withPreview(
  previews: readonly RunPreview[],
  { index, base64, mediaType }: ApiPartialImage,
): readonly RunPreview[] {
  const others = previews.filter((each) => each.index !== index);
  return [...others, { index, mediaType, src: toDataLink(mediaType, base64) }].sort((a, b) => a.index - b.index);
}

export function withGeneration(state: ImageRunState, generation: ApiGeneration): ImageRunState {
  const { images, warnings, notes, failures } = generation;
  return {
    ...finished(state, images.map(toRunImage)),
    warnings: [
      ...warnings.map(({ message }) => message),
      ...notes,
      ...failures.map(({ index, message }) => `Image ${index + 1} failed: ${message}`),
    ],
  };
}

/** @param deleted how many images of the run are no longer in the store */
export function withStoredImages(
  state: ImageRunState,
  images: readonly ApiImageDetails[],
  deleted: number,
): ImageRunState {
  const warnings = deleted === 0 ? [] : [`${deleted} of the images of this run were deleted since.`];
  return { ...finished(state, images.map(toStoredImage)), warnings };
}

/** Previews go when the images come. */
const finished = (state: ImageRunState, images: readonly RunImage[]): ImageRunState => ({
  ...state,
  status: 'done',
  previews: [],
  images,
});

function toRunImage({ id, url, base64, mediaType, width, height, revisedPrompt }: ApiGeneratedImage): RunImage {
  return { id, src: url ?? toDataLink(mediaType, base64 ?? ''), mediaType, width, height, revisedPrompt };
}

const toStoredImage = ({ id, url, mediaType, width, height }: ApiImageDetails): RunImage => ({
  ...{ id, src: url, mediaType, width, height },
});

export function toFailure(error: unknown): RunFailure {
  if (error instanceof ApiError) {
    const { code, message, hint, charged, idempotencyKey } = error;
    return { code, message, hint, charged, idempotencyKey };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { code: 'internal', message, charged: 'unknown' };
}

const toDataLink = (mediaType: string, base64: string): string => `data:${mediaType};base64,${base64}`;
