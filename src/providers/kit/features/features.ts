/** What the code of each feature provides. Types only, so that naming a feature does not import it. */
import type { openJobSocket } from '../../../transport/phases/jobs/job-socket.ts';
import type { resumeJob, runJob, submitJob } from '../../../transport/phases/jobs/run-job.ts';
import type { runStream } from '../../../transport/phases/stream.ts';
import type { upload } from '../../../transport/phases/upload.ts';
import type { JobHandle } from '../../protocol/job.ts';
import type { ModelCard } from '../../protocol/model-card.ts';
import type { Refusal } from '../../protocol/plan.ts';
import type { AdapterContext, ProviderParts } from '../adapter/call-context.ts';
import type { FeatureName } from '../adapter/feature-loader.ts';
import type { ProviderDefinition } from '../adapter/provider-definition.ts';
import type { parseWebhook } from '../calls/parse-webhook.ts';
import type { checkImage } from '../image/check-image.ts';
import type { MaskCode } from '../image/mask/mask-code.ts';
import type { Args } from '../request/prepare.ts';
import type { createJobHandlers } from '../response/job-handlers.ts';
import type { createJobWebSocket } from '../response/job-websocket.ts';
import type { createStreamHandlers } from '../response/stream-handlers.ts';

type Models = Readonly<Record<string, ModelCard>>;

export interface Features extends Readonly<Record<FeatureName, object>> {
  readonly jobs: {
    readonly createJobHandlers: typeof createJobHandlers;
    readonly submit: (parts: ProviderParts, input: unknown, given: AdapterContext) => Promise<JobHandle>;
    readonly runJob: typeof runJob;
    readonly submitJob: typeof submitJob;
    readonly resumeJob: typeof resumeJob;
  };
  readonly jobWebSocket: {
    readonly createJobWebSocket: typeof createJobWebSocket;
    readonly openJobSocket: typeof openJobSocket;
  };
  readonly listing: {
    readonly cachedModels: (parts: ProviderParts) => Models;
    readonly listModels: (parts: ProviderParts) => Promise<Models>;
  };
  readonly lookup: {
    readonly lookUp: (
      parts: ProviderParts,
      args: Args,
      context: AdapterContext,
    ) => Promise<Args | { readonly refusal: Refusal }>;
  };
  readonly masks: MaskCode;
  readonly stream: { readonly createStreamHandlers: typeof createStreamHandlers; readonly runStream: typeof runStream };
  readonly svg: { readonly checkImage: typeof checkImage };
  readonly upload: {
    readonly upload: typeof upload;
    readonly uploadFiles: (
      parts: ProviderParts,
      calls: readonly Args[],
      context: AdapterContext,
    ) => Promise<readonly Args[]>;
    readonly withPlannedReferences: (definition: ProviderDefinition, args: Args) => Args;
  };
  readonly webhook: { readonly parseWebhook: typeof parseWebhook };
}
