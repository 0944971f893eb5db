/** Answers `POST /v1/responses`: one image, for programs that know no other API of OpenAI. */

import type { ManagedGeneration, ManagerRequest } from '../../../../index.ts';
import { isPlainObject } from '../../../../providers/protocol/input/is-plain-object.ts';
import { identityOf } from '../../http/call-identity.ts';
import { explainFault } from '../../http/faults/explain-fault.ts';
import { HttpFault } from '../../http/http-fault.ts';
import { keepAlive } from '../../http/json-body/keep-alive.ts';
import { answerJson } from '../../http/json-body.ts';
import { hashOfBytes, readJsonBody } from '../../http/read-body.ts';
import { runHeaders } from '../../http/run-headers.ts';
import type { ServerContext, ServerRequest } from '../../http/server-context.ts';
import { answerFault } from '../../http/to-fault.ts';
import { utcDay } from '../../utc-day.ts';
import { toReport } from '../answer/image-answer.ts';
import { resultHeaders } from '../answer/result-headers.ts';
import type { ModelsContext } from '../models/models-context.ts';
import { type ModelChoice, resolveModel } from '../models/resolve-model.ts';
import { paramOf as paramOfImages, toHttpWords } from '../request/field-names.ts';
import { loadInputs } from '../request/load-inputs.ts';
import { readFields } from '../request/read-fields.ts';
import { refuseForbidden } from '../request/refuse-forbidden.ts';
import { addVendorOptions } from '../request/vendor-options.ts';
import { answerEvents } from '../stream/answer-events.ts';
import { wantedPartialImages } from '../stream/wanted-partial-images.ts';
import { toImageSources } from './earlier-images.ts';
import { parseResponseRequest, type ResponseRequest } from './parse-response-request.ts';
import { type ResponseFacts, toCompletedResponse } from './response-document.ts';
import { createResponseEvents } from './response-events.ts';

interface PreparedResponse {
  readonly request: ManagerRequest;
  readonly warnings: readonly string[];
}

export function createResponsesHandler(context: ServerContext): (c: ServerRequest) => Promise<Response> {
  return async (c) => {
    const startedAt = context.now();
    const { value, bytes } = await readJsonBody(c, context.limits.maxUploadBytes);
    if (!isPlainObject(value)) throw new HttpFault(400, 'invalid_json', 'The body must be a JSON object.');
    refuseForbidden(value);
    const asked = parseResponseRequest(value);
    const paramOf = (field: string) => toParam(paramOfImages(field), asked);
    const { request, warnings } = await prepare(c, asked, context);
    const identity = await identityOf(c, await hashOfBytes(bytes));
    const operation: ResponseFacts['action'] = request.inputImages === undefined ? 'generate' : 'edit';
    let call: string | undefined;
    const explain = (error: unknown) => explainFault(error, { request, call, paramOf, toWords: toHttpWords }, context);
    try {
      const { isStream, partialImages, previous } = asked;
      const partial = wantedPartialImages(asked, context);
      const run = await context.runs.start({
        ...{ request, caller: c.get('caller'), identity },
        partialImages: partial.partialImages,
      });
      call = run.id;
      c.set('call', run.id);
      const headers = runHeaders(run);
      const model = asked.outerModel ?? asked.model ?? 'image_generation';
      const createdAt = Math.floor(startedAt / 1_000);
      const facts = { run: run.id, createdAt, model, action: operation, previous };
      const imagenOf = (generation: ManagedGeneration) =>
        toReport({ generation, run: run.id, isAdopted: run.isAdopted, warnings: [...warnings, ...partial.warnings] });
      if (isStream) {
        const writer = createResponseEvents({ facts, partialImages, imagenOf });
        return await answerEvents({ run, writer, headers, explain });
      }
      const answer = async () => {
        const generation = await run.result;
        return answerJson(toCompletedResponse(facts, generation, imagenOf(generation)), {
          headers: { ...headers, ...resultHeaders(generation, context.now() - startedAt) },
        });
      };
      if (context.settings.keepAliveJson !== true) return await answer();
      const answerError = async (error: unknown) => answerFault(await explain(error));
      return await keepAlive(answer(), { headers, answerError });
    } catch (error) {
      throw await explain(error);
    }
  };
}

async function prepare(c: ServerRequest, asked: ResponseRequest, context: ServerContext): Promise<PreparedResponse> {
  const { manager, store, settings, now } = context;
  const cards = await manager.models({ isOffline: true });
  const today = utcDay(now());
  const choice = chooseModel(asked, { cards, aliases: settings.aliases, caller: c.get('caller'), today });
  const images = (await Promise.all(asked.inputs.map((input) => toImageSources(input, manager)))).flat();
  const masks = asked.mask === undefined ? [] : await toImageSources(asked.mask, manager);
  const operation = images.length > 0 ? 'edit' : 'generate';
  const read = withParams(asked, () => readFields({ ...asked.fields, prompt: asked.prompt }, operation));
  const inputs = operation === 'edit' ? await loadInputs({ images, masks }, store) : {};
  const { request, vendorOptions, metadata } = read;
  const fields = { ...request, ...choice.target, ...inputs, metadata, onUnsupported: 'adapt' } as ManagerRequest; // it has a prompt
  const complete = await addVendorOptions(manager, fields, vendorOptions);
  const warnings = [...(choice.warning === undefined ? [] : [choice.warning]), ...asked.warnings, ...read.warnings];
  return { request: complete.request, warnings: [...warnings, ...complete.warnings] };
}

/** The model of the request writes texts, unless it is one that generates images. */
function chooseModel({ model, outerModel }: ResponseRequest, models: ModelsContext): ModelChoice {
  if (model !== undefined || outerModel === undefined) return resolveModel(model, models);
  try {
    return resolveModel(outerModel, models);
  } catch (error) {
    if (!(error instanceof HttpFault) || error.code !== 'model_not_found') throw error;
    const warning = 'The model of the request generates no images. The default model was used; name one in the tool.';
    return { ...resolveModel(undefined, models), warning };
  }
}

/** Names a field as this API has it. */
function toParam(param: string | undefined, { promptParam, model }: ResponseRequest): string | undefined {
  if (param === undefined) return undefined;
  if (param === 'prompt') return promptParam;
  if (param === 'image') return 'input';
  if (param === 'mask') return 'tools[0].input_image_mask';
  return param === 'model' && model === undefined ? 'model' : `tools[0].${param}`;
}

function withParams<T>(asked: ResponseRequest, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof HttpFault)) throw error;
    const { status, code, message, details } = error;
    const param = toParam(details.param, asked);
    if (param === undefined) throw error;
    const named = message.startsWith(`${details.param} `) ? `${param}${message.slice(details.param?.length)}` : message;
    throw new HttpFault(status, code, named, { ...details, param });
  }
}
