/** Answers a request to generate or edit images. */

import type { ManagedGeneration, ManagerRequest } from '../../../index.ts';
import { FILE_EXTENSIONS } from '../../../providers/protocol/shared/file-extensions.ts';
import { publicOrigin } from '../files/public-origin.ts';
import { identityOf } from '../http/call-identity.ts';
import { explainFault } from '../http/faults/explain-fault.ts';
import { keepAlive } from '../http/json-body/keep-alive.ts';
import { answerJson } from '../http/json-body.ts';
import { runHeaders } from '../http/run-headers.ts';
import type { ServerContext, ServerRequest } from '../http/server-context.ts';
import { answerFault } from '../http/to-fault.ts';
import type { Run } from '../runs/run-list.ts';
import { utcDay } from '../utc-day.ts';
import { toImageAnswer, toReport } from './answer/image-answer.ts';
import { resultHeaders } from './answer/result-headers.ts';
import { resolveModel } from './models/resolve-model.ts';
import { paramOf, toHttpWords } from './request/field-names.ts';
import type { ImageOperation } from './request/field-rules.ts';
import { loadInputs } from './request/load-inputs.ts';
import { type ReadRequest, readFields } from './request/read-fields.ts';
import { readImageBody } from './request/read-image-body.ts';
import { addVendorOptions } from './request/vendor-options.ts';
import { wantedPartialImages } from './stream/wanted-partial-images.ts';
import { answerStream } from './stream-images.ts';

/** As long as at OpenAI. */
const LINK_LIFETIME_MS = 3_600_000;

interface PreparedCall extends Pick<ReadRequest, 'answer' | 'warnings'> {
  readonly request: ManagerRequest;
  /** SHA-256 of the body. */
  readonly hash: string;
}

/** @returns a handler; the parameter `model` of its route, if there is one, is the model */
export function createImagesHandler(
  context: ServerContext,
  operation: ImageOperation,
): (c: ServerRequest) => Promise<Response> {
  return async (c) => {
    const startedAt = context.now();
    const { request, hash, answer, warnings } = await prepareCall(c, context, operation);
    const identity = await identityOf(c, hash);
    let run: Run | undefined;
    const explain = (error: unknown) =>
      explainFault(error, { request, call: run?.id, paramOf, toWords: toHttpWords }, context);
    try {
      const { isStream, partialImages } = answer;
      const partial = wantedPartialImages(answer, context);
      const started = await context.runs.start({
        ...{ request, caller: c.get('caller'), identity },
        partialImages: partial.partialImages,
      });
      run = started;
      c.set('call', run.id);
      const headers = runHeaders(run);
      const images = request.n ?? 1;
      const answerSettings = {
        run: run.id,
        isAdopted: run.isAdopted,
        operation,
        warnings: [...warnings, ...partial.warnings],
      };
      if (isStream) {
        const reportOf = (generation: ManagedGeneration) => toReport({ ...answerSettings, generation });
        return await answerStream({ run, operation, images, partialImages, headers, reportOf, explain });
      }
      const answerImages = async () => {
        const generation = await started.result;
        const linkTo = answer.as === 'url' ? createLinks(c, context) : undefined;
        const value = await toImageAnswer({ ...answerSettings, generation, linkTo });
        return answerJson(value, { headers: { ...headers, ...resultHeaders(generation, context.now() - startedAt) } });
      };
      if (context.settings.keepAliveJson !== true) return await answerImages();
      return await keepAlive(answerImages(), {
        headers,
        answerError: async (error) => answerFault(await explain(error)),
      });
    } catch (error) {
      throw await explain(error);
    }
  };
}

async function prepareCall(
  c: ServerRequest,
  { manager, store, settings, limits, now }: ServerContext,
  operation: ImageOperation,
): Promise<PreparedCall> {
  const body = await readImageBody(c, { limits }, operation);
  const { request, vendorOptions, metadata, model, answer, warnings } = readFields(body.fields, operation);
  const deployment = c.req.param('model');
  const cards = await manager.models({ isOffline: true });
  const today = utcDay(now());
  const named = { cards, aliases: settings.aliases, caller: c.get('caller'), today };
  const choice = resolveModel(deployment ?? model, named);
  const inputs = operation === 'edit' ? await loadInputs(body, store) : {};
  const fields = {
    ...{ ...request, ...choice.target, ...inputs, metadata },
    onUnsupported: 'adapt',
  } as ManagerRequest; // `readFields` has checked that a request to generate has a prompt
  const complete = await addVendorOptions(manager, fields, vendorOptions);
  const isOverruled = deployment !== undefined && model !== undefined && model !== deployment;
  return {
    ...{ request: complete.request, hash: body.hash, answer },
    warnings: [
      ...(isOverruled ? ['The model of the path was used, not the field model.'] : []),
      ...(choice.warning === undefined ? [] : [choice.warning]),
      ...warnings,
      ...complete.warnings,
    ],
  };
}

function createLinks(c: ServerRequest, context: ServerContext) {
  const origin = publicOrigin(c, context);
  return ({ id, format }: { readonly id: string; readonly format: keyof typeof FILE_EXTENSIONS }) =>
    context.links.create({ id, name: `${id}.${FILE_EXTENSIONS[format]}` }, origin, LINK_LIFETIME_MS);
}
