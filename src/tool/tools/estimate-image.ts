/** `estimate_image`: says what a call would cost and what it would change, without a call. */
import * as z from 'zod/mini';
import type { Candidate } from '../../manager/interfaces/plan.ts';
import { estimateOf } from '../calls/price-request.ts';
import { toMicros, toUsd } from '../calls/session-limits.ts';
import { resolveReferences } from '../files/resolve-references.ts';
import { imageArguments, promptArgument, referenceImagesArgument } from '../request/argument-schemas.ts';
import { referenceSources } from '../request/reference-sources.ts';
import { toManagerRequest } from '../request/to-request.ts';
import { estimateSchema } from '../results/result-schemas.ts';
import { toSentence, toWords } from '../results/words.ts';
import { defineTool, READ_ONLY } from './tool-definition.ts';

/** Further candidates are not listed. */
const MAX_CANDIDATES = 5;

export const estimateImage = defineTool({
  name: 'estimate_image',
  title: 'Estimate the price of images',
  description:
    'Says what generate_image would cost with the same arguments, which models would be used, and what would be changed or refused. Free: it generates nothing.',
  annotations: READ_ONLY,
  args: z.strictObject({ prompt: promptArgument, ...imageArguments, reference_images: referenceImagesArgument }),
  data: z.object({
    can_generate: z.boolean(),
    candidates: z.array(z.extend(estimateSchema, { provider: z.string(), warnings: z.array(z.string()) })),
    refused: z.array(z.object({ provider: z.string(), model: z.string(), reason: z.string() })),
    needs_confirmation: z.boolean(),
    left_usd: z.number(),
    left_images: z.number(),
  }),
  async run({ reference_images, ...described }, call) {
    const { set } = call;
    const images =
      reference_images === undefined ? undefined : await resolveReferences(reference_images, referenceSources(set));
    const request = await toManagerRequest(described, call, images);
    const { candidates, refused } = await set.manager.plan(request);
    const { n = 1 } = request;
    const { confirmAboveUsd, unpricedUsd } = set.settings;
    const highest = Math.max(...candidates.map(({ plan }) => toMicros(plan.price.usd ?? unpricedUsd * n)), 0);
    const left = set.limits.left();
    return {
      success: true,
      data: {
        can_generate: candidates.length > 0,
        candidates: candidates.slice(0, MAX_CANDIDATES).map((each) => ({
          ...estimateOf(each, n),
          provider: each.provider,
          warnings: each.plan.adaptations.map(({ message }) => toSentence(toWords(message))),
        })),
        refused: refused.slice(0, MAX_CANDIDATES).map(toRefused),
        needs_confirmation: highest > toMicros(confirmAboveUsd),
        left_usd: toUsd(toMicros(left.usd)),
        left_images: left.images,
      },
    };
  },
});

const toRefused = ({ provider, model, plan: { refusals } }: Candidate) => ({
  provider,
  model,
  reason: refusals.map(({ message }) => toSentence(toWords(message))).join(' '),
});
