/** Sends an adapter's lookup before the submit, e.g. which host serves a model today. Replies are cached; failures are not. */
import type { HttpRequest, Transport } from '../../../transport/index.ts';
import type { Refusal } from '../../protocol/plan.ts';
import type { AdapterContext, ProviderParts } from '../adapter/call-context.ts';
import type { ProviderDefinition } from '../adapter/provider-definition.ts';
import type { Args } from '../request/prepare.ts';
import { UnsafeName } from '../request/url-path.ts';
import { confidentialTexts } from '../response/confidential-texts.ts';
import { toAiImageError } from '../response/translate-error.ts';
import { withFreeRequests } from './free-requests.ts';

/** Long enough for a batch, short enough to follow a model that moves to another host. */
const CACHE_MS = 5 * 60_000;

interface CacheEntry {
  readonly at: number;
  readonly answer: unknown;
}

const cacheByTransport = new WeakMap<Transport, Map<string, CacheEntry>>();

/** @returns the arguments with the result in their options, or why they cannot be sent @throws AiImageError nothing was submitted */
export async function lookUp(
  parts: ProviderParts,
  args: Args,
  context: AdapterContext,
): Promise<Args | { readonly refusal: Refusal }> {
  const { definition, transport } = parts;
  const { lookup } = definition;
  const request = lookupRequest(definition, args);
  if (lookup === undefined || request === undefined) return args;
  const cache = cacheByTransport.get(transport) ?? new Map<string, CacheEntry>();
  cacheByTransport.set(transport, cache);
  const key = `${request.method} ${request.url} ${JSON.stringify(request.query ?? {})}`;
  const cached = cache.get(key);
  let answer = cached?.answer;
  if (cached === undefined || performance.now() - cached.at > CACHE_MS) {
    answer = await withFreeRequests(parts, args, context, (ask) => ask(request, lookup.responseSchema));
    cache.set(key, { at: performance.now(), answer });
  }
  const options = lookup.toOptions(answer, args);
  if (!isRefusal(options)) return { ...args, options };
  // The refusal may quote what the vendor says about the model.
  const redact = (text: string) => transport.redact(text, confidentialTexts(args));
  const { message, hint } = options.refusal;
  const redacted = { message: redact(message), ...(hint !== undefined && { hint: redact(hint) }) };
  return { refusal: { ...options.refusal, ...redacted } };
}

/** @throws AiImageError `invalid_request`: the model id would lead to another URL */
function lookupRequest({ about, lookup }: ProviderDefinition, args: Args): HttpRequest | undefined {
  try {
    return lookup?.toRequest(args);
  } catch (error) {
    throw error instanceof UnsafeName ? toAiImageError(error, { about, model: args.model }) : error;
  }
}

function isRefusal(options: ReturnType<NonNullable<ProviderDefinition['lookup']>['toOptions']>): options is {
  readonly refusal: Refusal;
} {
  return typeof options === 'object' && options !== null && 'refusal' in options;
}
