/** Turns a caller's request into the vendor requests to send, and collects every reason to refuse it. Runs before anything is sent. */
import type { HttpRequest } from '../../../transport/index.ts';
import { AiImageError } from '../../protocol/errors.ts';
import type { ModelCard } from '../../protocol/model-card.ts';
import type { Refusal } from '../../protocol/plan.ts';
import { editRequestSchema, imageRequestSchema } from '../../protocol/request.ts';
import { findUnwritable, OPTIONS_HINT } from '../../protocol/shared/find-unwritable.ts';
import type { ProviderParts } from '../adapter/call-context.ts';
import { bySettings, type ProviderDefinition } from '../adapter/provider-definition.ts';
import type { EditArgs, RequestArgs } from '../adapter/request-args.ts';
import { loadCode } from '../features/load-code.ts';
import { fixedRandom, type RandomSource } from '../random.ts';
import { toAiImageError } from '../response/translate-error.ts';
import { parseInput } from '../schema/parse.ts';
import { refuseKeyAsModel } from './check-model.ts';
import type { InputFiles, ReadFilesOptions } from './read-files.ts';
import { loadSteps, type Resolution, resolveRequest } from './resolve-request.ts';
import type { AnyRequest } from './resolve-step.ts';
import type { ResolvedCall } from './resolved-call.ts';
import { refusalOfName, UnsafeName } from './url-path.ts';

export type Args = RequestArgs<unknown> | EditArgs<unknown>;

export interface Prepared {
  readonly request: AnyRequest;
  readonly resolution: Resolution;
  readonly resolved: ResolvedCall;
  /** One per request to send. */
  readonly calls: readonly Args[];
  /** Refusals of the resolution, and of the adapter's own check. */
  readonly refusals: readonly Refusal[];
}

export interface PrepareOptions extends ReadFilesOptions {
  readonly isStreaming: boolean;
  /** The most partial images of each image, if it streams. @default 2 */
  readonly partialImages?: number | undefined;
  /** Source of seeds and call ids. @default fixed values, so that equal plans are equal */
  readonly random?: RandomSource | undefined;
  /** The plan that this call executes. What was resolved for it is not resolved again. */
  readonly plan?: object | undefined;
}

/** The number of partial images that `stream` requests if the caller names none. */
const DEFAULT_PARTIALS = 2;

type Parts = Pick<ProviderParts, 'definition' | 'settings' | 'serverHint' | 'plannedCalls'>;

/** @throws AiImageError `invalid_request`: the input does not match the schema. Refusals by the model card are returned, not thrown */
export async function prepare(parts: Parts, input: unknown, options: PrepareOptions): Promise<Prepared> {
  const { definition, settings } = parts;
  const resolved = await resolvedFor(parts, input, options.plan);
  const { request, resolution, vendorOptions } = resolved;
  if (resolution.refusals.length > 0) {
    return { request, resolution, resolved, calls: [], refusals: resolution.refusals };
  }

  const { card, model, fields, n, operation } = resolution;
  const { random = fixedRandom } = options;
  const canStream = card.streaming !== undefined && (definition.stream ?? definition.jobWebSocket) !== undefined;
  const isStreaming = options.isStreaming && canStream;
  const { partialImages = DEFAULT_PARTIALS } = options;
  const partials = isStreaming ? Math.min(partialImages, card.streaming?.maxPartials ?? 0) : 0;
  const files = resolved.files ?? (operation && (await readFiles(definition, resolved, options)));
  const needsSeed = card.seed !== undefined && bySettings(definition.sendsRandomSeed, settings) === true;
  const first = fields.seed ?? (needsSeed ? random.integer(card.seed.min, card.seed.max) : undefined);
  const calls: Args[] = [];
  for (let done = 0; done < n; done += card.maxImages) {
    const seed = first === undefined ? {} : { seed: nextSeed(card, first, done) };
    const common = {
      ...fields,
      ...seed,
      model,
      card,
      n: Math.min(card.maxImages, n - done),
      firstIndex: done,
      callId: definition.jobWebSocket === undefined ? '' : random.uuid(),
      options: vendorOptions,
      settings,
      partials,
      isStreaming,
    };
    calls.push(files && operation ? { ...common, ...files, operation } : common);
  }
  const isReusable = ![...(request.inputImages ?? []), request.mask].some((each) => typeof each === 'string');
  return {
    request,
    resolution,
    resolved: { ...resolved, files: isReusable ? files : undefined },
    calls,
    refusals: check(definition, calls[0]!),
  };
}

/** Returns what was resolved for the plan if this provider made the plan for an equal request today. Otherwise resolves the request now. */
async function resolvedFor(parts: Parts, input: unknown, plan: object | undefined): Promise<ResolvedCall> {
  const today = new Date().toISOString().slice(0, 10);
  const known = typeof input === 'object' && input !== null ? parts.plannedCalls.recall(plan, input) : undefined;
  return known?.today === today ? known : resolve(parts, input, today);
}

async function resolve(
  { definition, settings, serverHint }: Parts,
  input: unknown,
  today: string,
): Promise<ResolvedCall> {
  const provider = definition.about.id;
  const request = parseRequest(input, provider);
  refuseKeyAsModel(request, provider);
  checkWritable(request.options, provider);
  const vendorOptions = parseInput(definition.optionsSchema, request.options ?? {}, {
    code: 'invalid_request',
    subject: 'options',
    provider,
  });
  const isElsewhere = serverHint !== undefined;
  const steps = await loadCode(definition.about, 'the fields of this request', () => loadSteps(request));
  const resolution = resolveRequest(definition, request, { settings, today, isElsewhere }, steps);
  return { request, vendorOptions, resolution, today };
}

async function readFiles(
  definition: ProviderDefinition,
  { request, resolution }: ResolvedCall,
  options: PrepareOptions,
): Promise<InputFiles> {
  const { readFiles: read } = await loadCode(definition.about, 'input images', () => import('./read-files.ts'));
  return read(definition, resolution.card, request, options);
}

/** Runs the adapter's own check: rules of the vendor that a model card cannot express. */
function check(definition: ProviderDefinition, args: Args): readonly Refusal[] {
  const { id } = definition.about;
  try {
    return (definition.check?.(args) ?? []).map(
      (refusal): Refusal => ({ code: 'invalid_request', ...refusal, message: `${id}: ${refusal.message}` }),
    );
  } catch (error) {
    if (error instanceof UnsafeName) return [refusalOfName(error, id)];
    throw error;
  }
}

/** The options of some vendors are free-form. What cannot be sent is refused before anything walks through it. */
function checkWritable(options: AnyRequest['options'], provider: string): void {
  const found = findUnwritable(options, 'options');
  if (!found) return;
  throw new AiImageError('invalid_request', `${provider}: ${found.field} ${found.rule}`, {
    provider,
    field: found.field,
    hint: OPTIONS_HINT,
  });
}

/** Only a request with input images may have no prompt. Whether the model accepts that is checked against its card later. */
function parseRequest(input: unknown, provider: string): AnyRequest {
  const isEdit =
    typeof input === 'object' &&
    input !== null &&
    ['inputImages', 'mask', 'operation'].some(
      (field) => (input as Readonly<Record<string, unknown>>)[field] !== undefined,
    );
  const schema = isEdit ? editRequestSchema : imageRequestSchema;
  return parseInput(schema, input, { code: 'invalid_request', subject: 'request', provider });
}

/** Returns the next seed for each further request. With the same seed, all requests would return the same image. */
function nextSeed(card: ModelCard, seed: number, done: number): number {
  const { min, max } = card.seed ?? { min: 0, max: Number.MAX_SAFE_INTEGER };
  return seed + done <= max ? seed + done : min + ((seed + done - min) % (max - min + 1));
}

/** Returns the arguments with the quality that determines the price, which an option may have changed. */
export function pricedArgs<T extends Args>(definition: ProviderDefinition, args: T): T {
  const quality = definition.toPricedQuality?.(args);
  return quality === undefined ? args : { ...args, quality };
}

/** Returns the adapter's HTTP request. @throws AiImageError `invalid_request`: the model id would change the URL's path */
export function toHttpRequest(definition: ProviderDefinition, args: Args): HttpRequest {
  try {
    return 'inputs' in args && definition.toEdit ? definition.toEdit(args) : definition.toRequest(args);
  } catch (error) {
    throw error instanceof UnsafeName ? toAiImageError(error, { about: definition.about, model: args.model }) : error;
  }
}
