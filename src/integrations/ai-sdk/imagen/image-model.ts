/** One image model of the AI SDK, whose images a manager generates. */
import type { ImageModelV4, ImageModelV4CallOptions, SharedV4Warning } from '@ai-sdk/provider';
import type { ImageManager } from '../../../manager/index.ts';
import { toCallError } from './call-error.ts';
import { createCallIds } from './call-ids.ts';
import { type NamedModel, readModelId } from './model-id.ts';
import { type ImagenOptions, OPTIONS_KEY, readImagenOptions } from './provider-options.ts';
import { toRequest } from './to-request.ts';
import { toResult } from './to-result.ts';

/**
 * Without it the AI SDK makes a call for each image, in a `Promise.all` in which one failure loses the other images. The manager and the providers divide
 * a request as the model needs it.
 */
export const MAX_IMAGES_PER_CALL = 64;

export interface ImageModelParts {
  readonly manager: ImageManager;
  /** What the AI SDK and telemetry show as the provider. */
  readonly provider: string;
  readonly modelId: string;
  /** Finds provider and model. @default from `modelId` */
  readonly named?: NamedModel;
  /** Options of each call. Those of a call replace them one by one. */
  readonly defaults: ImagenOptions;
  /** Returns the vendor's own options from the keys of other providers. @default those keys are for other providers, and are ignored */
  readonly optionsOf?: (call: ImageModelV4CallOptions) => ImagenOptions['options'];
}

export function createImageModel(parts: ImageModelParts): ImageModelV4 {
  const { manager, provider, modelId, defaults, optionsOf = () => undefined } = parts;
  const takeCallId = createCallIds();
  const findModel = async () => parts.named ?? readModelId(modelId, manager);
  const supports = async (has: (card: NonNullable<NamedModel['card']>) => boolean) => {
    const { card } = await findModel().catch((): NamedModel => ({}));
    return card && has(card);
  };

  async function doGenerate(call: ImageModelV4CallOptions) {
    let callId: string | undefined;
    let release = (): void => undefined;
    try {
      const vendorOptions = optionsOf(call);
      const options: ImagenOptions = {
        ...defaults,
        ...(vendorOptions && { options: vendorOptions }),
        ...readImagenOptions(call.providerOptions?.[OPTIONS_KEY]),
      };
      const { session, deadlineMs } = options;
      const named = await findModel();
      const request = toRequest(call, named, options, session === undefined ? undefined : manager.session(session));
      const taken = takeCallId(options.callId, call.headers);
      callId = taken.id;
      release = taken.release;
      const generation = await manager.generate(request, { callId, deadlineMs, signal: call.abortSignal });
      const used = generation.attempts.find(({ outcome }) => outcome === 'done')?.provider ?? generation.provider;
      return toResult(generation, used, callId, ignoredHeaders(call));
    } catch (error) {
      throw toCallError(error, callId);
    } finally {
      release();
    }
  }

  return {
    specificationVersion: 'v4',
    provider,
    modelId,
    maxImagesPerCall: MAX_IMAGES_PER_CALL,
    get supportsFileInputs() {
      return supports(({ edit }) => edit !== undefined);
    },
    get supportsMaskInputs() {
      return supports(({ edit }) => edit?.mask !== undefined);
    },
    doGenerate,
  };
}

/** Headers are never sent to a vendor: they may hold credentials of another host. The AI SDK itself adds its name. */
function ignoredHeaders({ headers = {} }: ImageModelV4CallOptions): readonly SharedV4Warning[] {
  const names = Object.keys(headers).filter(
    (name) => headers[name] !== undefined && name.toLowerCase() !== 'user-agent',
  );
  if (names.length === 0) return [];
  return [
    {
      type: 'unsupported',
      feature: 'headers',
      details: 'Headers are not sent to vendors. Pass them as a setting of the provider.',
    },
  ];
}
