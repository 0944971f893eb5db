/** `generate_image`: makes images from a prompt, or from a prompt and images. */
import * as z from 'zod/mini';
import { runPaidCall } from '../calls/run-paid-call.ts';
import { resolveReferences } from '../files/resolve-references.ts';
import {
  imageArguments,
  paidCallArguments,
  promptArgument,
  referenceImagesArgument,
} from '../request/argument-schemas.ts';
import { referenceSources } from '../request/reference-sources.ts';
import { toManagerRequest } from '../request/to-request.ts';
import { callSchema } from '../results/result-schemas.ts';
import { defineTool, GENERATES } from './tool-definition.ts';

export const generateImage = defineTool({
  name: 'generate_image',
  title: 'Generate images',
  description:
    'Generates images from a prompt and stores them. Costs money. Answers with the ids and paths of the images, or with a job_id when they take longer: then call get_image. After a timeout, do not call it again for the same image: use get_image or search_images.',
  annotations: GENERATES,
  args: z.strictObject({
    prompt: promptArgument,
    ...imageArguments,
    reference_images: referenceImagesArgument,
    ...paidCallArguments,
  }),
  data: callSchema,
  run({ wait_seconds, confirm_cost_usd, ...wanted }, call) {
    return runPaidCall(
      {
        identity: wanted,
        async toRequest() {
          const { reference_images, ...described } = wanted;
          if (reference_images === undefined) return toManagerRequest(described, call);
          return toManagerRequest(
            described,
            call,
            await resolveReferences(reference_images, referenceSources(call.set)),
          );
        },
        waitSeconds: wait_seconds,
        confirmCostUsd: confirm_cost_usd,
      },
      call,
    );
  },
});
