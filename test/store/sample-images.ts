/** Makes results of finished calls, without a provider. */
import { randomBytes } from 'node:crypto';
import type { GeneratedImage, ImageGeneration, JobHandle } from '../../src/providers/protocol/index.ts';
import type { ArtifactContext, Store } from '../../src/store/index.ts';

export interface Sketch {
  readonly prompt?: string;
  readonly id?: string;
  readonly bytes?: Uint8Array<ArrayBuffer>;
  readonly format?: GeneratedImage['format'];
  readonly model?: string;
  readonly seed?: number;
  readonly job?: string;
  readonly usd?: number;
}

export const randomId = () => randomBytes(16).toString('hex');
/** Random bytes. The store saves any bytes as an image. */
export const someBytes = (length = 300) => new Uint8Array(randomBytes(length));

export const handleOf = (id: string, prompt = 'a red fox'): JobHandle => ({
  version: 1,
  provider: 'jobs',
  model: 'test-1',
  id,
  submittedAt: '2026-11-25T12:00:00.000Z',
  request: { prompt, n: 1 },
});

/** Makes the result of one call, with one image for each sketch. */
export function drawn(first: Sketch = {}, ...others: readonly Sketch[]): ImageGeneration {
  const toImage = ({
    prompt = 'a red fox',
    id = randomId(),
    bytes = someBytes(),
    ...more
  }: Sketch): GeneratedImage => ({
    id,
    imageBytes: bytes,
    format: more.format ?? 'png',
    mediaType: 'image/png',
    promptUsed: prompt,
    model: more.model ?? 'test-1',
    width: 64,
    height: 64,
    ...(more.seed !== undefined && { seed: more.seed }),
  });
  const { prompt = 'a red fox', model = 'test-1', usd, job } = first;
  return {
    images: [toImage(first), ...others.map(toImage)],
    failures: [],
    provider: 'test',
    model,
    warnings: [],
    applied: { model, n: 1 + others.length },
    cost: usd === undefined ? { basis: 'unknown' } : { usd, basis: 'reported' },
    timing: { startedAt: 1_795_000_000_000, durationMs: 10 },
    ...(job !== undefined && { job: handleOf(job, prompt) }),
  };
}

export function about(generation: ImageGeneration, more: Partial<ArtifactContext> = {}): ArtifactContext {
  const [{ promptUsed: prompt }] = generation.images;
  return { provider: 'test', request: { prompt }, applied: generation.applied, parents: [], ...more };
}

/** Saves one image. */
export async function saved(store: Store, sketch: Sketch = {}, more: Partial<ArtifactContext> = {}) {
  const generation = drawn(sketch);
  const [kept] = await store.save(generation, about(generation, more));
  return { ...kept!, bytes: generation.images[0].imageBytes };
}
