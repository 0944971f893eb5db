/** The type of a provider of this package: all methods, with the vendor's own options typed. Its behaviour is `MediaProvider`'s. */
import type { CallContext } from '../../protocol/context.ts';
import type { ImageEvent } from '../../protocol/events.ts';
import type { Cost, ImageGeneration } from '../../protocol/generation.ts';
import type { JobHandle } from '../../protocol/job.ts';
import type { RequestPlan } from '../../protocol/plan.ts';
import type { GenerateImageParams, MediaProvider } from '../../protocol/provider.ts';
import type { EditRequest, ImageRequest } from '../../protocol/request.ts';
import type { AiImageResult } from '../../protocol/result.ts';

/** A request or parameters of the protocol, with the vendor's own options instead of any. */
export type WithOptions<Request, Options> = Omit<Request, 'options'> & {
  /** The vendor's own options. An unknown key is refused before the call. */
  readonly options?: Options | undefined;
};

/**
 * A provider of this package. It has all methods of `MediaProvider`; a method that the vendor's API has no counterpart for rejects with
 * `unsupported`.
 */
export interface VendorProvider<Options extends Readonly<Record<string, unknown>>> extends Required<MediaProvider> {
  generateImage(prompt: string, params?: WithOptions<GenerateImageParams, Options>): Promise<AiImageResult>;
  generate(request: WithOptions<ImageRequest, Options>, context?: CallContext): Promise<ImageGeneration>;
  edit(request: WithOptions<EditRequest, Options>, context?: CallContext): Promise<ImageGeneration>;
  submit(
    request: WithOptions<ImageRequest, Options> | WithOptions<EditRequest, Options>,
    context?: CallContext,
  ): Promise<JobHandle>;
  stream(
    request: WithOptions<ImageRequest, Options> | WithOptions<EditRequest, Options>,
    context?: CallContext,
  ): AsyncIterable<ImageEvent>;
  plan(request: WithOptions<ImageRequest, Options> | WithOptions<EditRequest, Options>): Promise<RequestPlan>;
  quote(
    request: WithOptions<ImageRequest, Options> | WithOptions<EditRequest, Options>,
    context?: CallContext,
  ): Promise<Cost>;
}
