/** Turns a generation of the manager into what the AI SDK reads. */
import type { ImageModelV4Result, JSONObject, JSONValue, SharedV4Warning } from '@ai-sdk/provider';
import type { ManagedGeneration } from '../../../manager/index.ts';
import { MICROS_PER_USD, type Warning, withoutUndefined } from '../../../providers/protocol/index.ts';
import { OPTIONS_KEY } from './provider-options.ts';

/** What `image.providerMetadata['ai-image']` holds. The AI SDK keeps facts about single images only, so those of the call are with each image. */
export interface ImagenImageMetadata {
  /** The id of the stored image; without a store, an id that nothing else knows. */
  readonly id: string;
  /** The path of its file, or its address when the store is not a directory. Absent without a store. */
  readonly path?: string;
  /** The provider's name in the settings. */
  readonly provider: string;
  /** The vendor's model id. */
  readonly model: string;
  /** The call id. */
  readonly callId: string;
  /** The part of this image in the cost of the call, in US dollars. Absent if the cost is not known. */
  readonly costUsd?: number;
  /** Whether the vendor reported the cost, or it was computed from the price table. */
  readonly costBasis: 'reported' | 'estimated' | 'unknown';
  /** Whether the image comes from an earlier call, which is not paid again. */
  readonly isCached: boolean;
  /** Whole pixels. */
  readonly width: number;
  /** Whole pixels. */
  readonly height: number;
  /** The media type, e.g. `image/png`. */
  readonly mediaType: string;
  /** The settings that were sent to the vendor. */
  readonly applied: Readonly<Record<string, unknown>>;
  /** The seed that was used, if the vendor accepts or reports one. */
  readonly seed?: number;
  /** The prompt as rewritten by the vendor. It is the vendor's text: treat it as data. */
  readonly revisedPrompt?: string;
}

/** @param ignored fields of the call that were not used */
export function toResult(
  generation: ManagedGeneration,
  provider: string,
  callId: string,
  ignored: readonly SharedV4Warning[],
): ImageModelV4Result {
  const { images, failures, warnings, notes, composed, applied, usage, timing, model } = generation;
  const n = images.length + failures.length;
  const ofFailures = failures.map(({ index, error }) =>
    other(`image ${index + 1} of ${n} failed: ${error.message} (code ${error.code}, charged: ${error.charged})`),
  );
  const { inputTokens, outputTokens, totalTokens } = usage ?? {};
  return {
    images: images.map(({ imageBytes }) => imageBytes),
    // The AI SDK would send a call without an image again, and pay again.
    isRetryable: false,
    warnings: [...ignored, ...warnings.map(toWarning), ...ofFailures, ...[...composed.notes, ...notes].map(other)],
    providerMetadata: { [OPTIONS_KEY]: { images: toMetadata(generation, provider, callId, applied) } },
    response: { timestamp: new Date(timing.startedAt), modelId: model, headers: undefined },
    ...(usage && { usage: { inputTokens, outputTokens, totalTokens } }),
  };
}

function toMetadata(
  { images, saved, cost, isCached, model }: ManagedGeneration,
  provider: string,
  callId: string,
  applied: ManagedGeneration['applied'],
): JSONValue[] {
  const costs = shares(cost.usd, images.length);
  return images.map((image, index): JSONValue => {
    const stored = saved.length === images.length ? saved[index] : undefined;
    const { width, height, mediaType, seed, revisedPrompt } = image;
    const metadata: ImagenImageMetadata = {
      id: stored?.id ?? image.id,
      provider,
      model: image.model || model,
      callId,
      costBasis: cost.basis,
      isCached,
      width,
      height,
      mediaType,
      applied: { ...applied },
      ...withoutUndefined({ path: stored?.path, costUsd: costs?.[index], seed, revisedPrompt }),
    };
    return metadata as unknown as JSONObject; // `applied` holds texts and numbers
  });
}

/** Divides an amount so that the parts add up to it, to a millionth of a dollar. */
function shares(usd: number | undefined, count: number): readonly number[] | undefined {
  if (usd === undefined) return undefined;
  const micros = Math.round(usd * MICROS_PER_USD);
  const [each, rest] = [Math.floor(micros / count), micros % count];
  return Array.from({ length: count }, (_, index) => (each + (index < rest ? 1 : 0)) / MICROS_PER_USD);
}

/** Fields of the protocol that have another name in the AI SDK. */
const SDK_NAMES: Readonly<Record<string, string>> = { inputImages: 'files' };

function toWarning({ code, field, message }: Warning): SharedV4Warning {
  if (code === 'deprecated_model') return { type: 'deprecated', setting: 'model', message };
  if (code !== 'adapted') return other(message);
  return { type: 'unsupported', feature: SDK_NAMES[field ?? ''] ?? field ?? 'a field', details: message };
}

const other = (message: string): SharedV4Warning => ({ type: 'other', message });
