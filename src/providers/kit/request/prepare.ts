/** From what a caller gave to the requests that would go out: everything that can be refused is refused here, before any call. */
import type { HttpRequest } from '../../../transport/index.ts';
import type { ModelCard } from '../../protocol/model-card.ts';
import type { Refusal } from '../../protocol/plan.ts';
import { editRequestSchema, imageRequestSchema } from '../../protocol/request.ts';
import type { ProviderParts } from '../adapter/call-context.ts';
import { bySettings, type EditArgs, type ProviderDefinition, type RequestArgs } from '../adapter/definition.ts';
import { adviceFor } from '../adapter/other-servers.ts';
import { fixedRandom, type RandomSource } from '../random.ts';
import { toAiImageError } from '../response/translate-error.ts';
import { parseInput } from '../schema/parse.ts';
import { refusalOfName, UnsafeName } from './path.ts';
import type { ReadFilesOptions } from './read-files.ts';
import { type AnyRequest, type Resolution, resolveRequest } from './resolve.ts';

export type Args = RequestArgs<unknown> | EditArgs<unknown>;

export interface Prepared {
  readonly request: AnyRequest;
  readonly resolution: Resolution;
  /** One per request to send. */
  readonly calls: readonly Args[];
  /** Those of the resolution and those found since. */
  readonly refusals: readonly Refusal[];
}

export interface PrepareOptions extends ReadFilesOptions {
  readonly isStreaming: boolean;
  /** @default the same every time, as is right for a plan */
  readonly random?: RandomSource | undefined;
}

/** Unfinished pictures that `stream` asks for when the options do not say. */
const USUAL_PARTIALS = 2;

/** @throws AiImageError `invalid_request` for what is no request at all; refusals by the model's card are returned */
export async function prepare(
  { definition, settings, baseUrl }: Pick<ProviderParts, 'definition' | 'settings' | 'baseUrl'>,
  input: unknown,
  options: PrepareOptions,
): Promise<Prepared> {
  const provider = definition.about.id;
  const request = parseRequest(input, provider);
  const vendorOptions = parseInput(definition.optionsSchema, request.options ?? {}, {
    code: 'invalid_request',
    subject: 'options',
    provider,
  });
  const resolution = resolveRequest(definition, request, {
    settings,
    today: new Date().toISOString().slice(0, 10),
    isElsewhere: adviceFor(definition.about, baseUrl) !== undefined,
  });
  if (resolution.refusals.length > 0) return { request, resolution, calls: [], refusals: resolution.refusals };

  const { card, model, fields, n, operation } = resolution;
  const { random = fixedRandom } = options;
  const canStream = card.streaming !== undefined && (definition.stream ?? definition.line) !== undefined;
  const isStreaming = options.isStreaming && canStream;
  const partials = isStreaming ? Math.min(USUAL_PARTIALS, card.streaming?.maxPartials ?? 0) : 0;
  const files = operation && (await (await import('./read-files.ts')).readFiles(definition, card, request, options));
  const drawsSeed = card.seed !== undefined && bySettings(definition.drawsSeed, settings) === true;
  const first = fields.seed ?? (drawsSeed ? random.whole(card.seed.min, card.seed.max) : undefined);
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
      callId: random.uuid(),
      options: vendorOptions,
      settings,
      partials,
      isStreaming,
    };
    calls.push(files && operation ? { ...common, ...files, operation } : common);
  }
  return { request, resolution, calls, refusals: check(definition, calls[0]!) };
}

/** What the vendor forbids beyond the card. */
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

/** Only what starts from pictures may go without a prompt; whether it may here, the model's card says. */
function parseRequest(input: unknown, provider: string): AnyRequest {
  const startsFromPictures =
    typeof input === 'object' &&
    input !== null &&
    ['inputImages', 'mask', 'operation'].some(
      (field) => (input as Readonly<Record<string, unknown>>)[field] !== undefined,
    );
  const schema = startsFromPictures ? editRequestSchema : imageRequestSchema;
  return parseInput(schema, input, { code: 'invalid_request', subject: 'request', provider });
}

/** The same seed in several requests would draw the same picture several times: each further one takes the next. */
function nextSeed(card: ModelCard, seed: number, done: number): number {
  const { min, max } = card.seed ?? { min: 0, max: Number.MAX_SAFE_INTEGER };
  return seed + done <= max ? seed + done : min + ((seed + done - min) % (max - min + 1));
}

/** The same call as it is priced: an option may have chosen another quality. */
export function pricedArgs<T extends Args>(definition: ProviderDefinition, args: T): T {
  const quality = definition.toPricedQuality?.(args);
  return quality === undefined ? args : { ...args, quality };
}

/** The request of one call, by the adapter. @throws AiImageError `invalid_request`: the model's id would lead to another address */
export function toHttpRequest(definition: ProviderDefinition, args: Args): HttpRequest {
  try {
    return 'inputs' in args && definition.toEdit ? definition.toEdit(args) : definition.toRequest(args);
  } catch (error) {
    throw error instanceof UnsafeName ? toAiImageError(error, { about: definition.about, model: args.model }) : error;
  }
}
