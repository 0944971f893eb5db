/** Plans a call: builds its requests without sending them. */
import { DataUrl } from '../../../transport/body/encode-body.ts';
import type { HttpRequest } from '../../../transport/index.ts';
import { isAiImageError } from '../../protocol/errors.ts';
import type { PlannedRequest, RequestPlan } from '../../protocol/plan.ts';
import type { PlannedCall } from '../../protocol/shared/planned-calls.ts';
import { requestMatcher } from '../../protocol/shared/request-matcher.ts';
import type { ProviderParts } from '../adapter/call-context.ts';
import { loadFeature } from '../features/load-feature.ts';
import { type Args, prepare, pricedArgs, toHttpRequest } from '../request/prepare.ts';
import type { ResolvedCall } from '../request/resolved-call.ts';
import { estimateCost, sumCosts } from '../response/pricing.ts';

export interface Planned {
  readonly plan: RequestPlan;
  /** What a call that executes the plan starts from. */
  readonly call: PlannedCall<ResolvedCall>;
}

export async function planRequest(parts: ProviderParts, input: object): Promise<Planned> {
  const { definition } = parts;
  const prepared = await prepare(parts, input, { isStreaming: false });
  const { resolution, calls } = prepared;
  const { requests, refusals } =
    prepared.refusals.length > 0 ? { requests: [], refusals: prepared.refusals } : await buildRequests(parts, calls);
  const plan: RequestPlan = {
    provider: definition.about.id,
    model: resolution.model,
    requests,
    adaptations: resolution.warnings,
    refusals,
    applied: resolution.applied,
    price: sumCosts(calls.map((args) => estimateCost(args.card, args.n, pricedArgs(definition, args)))),
  };
  return { plan, call: { prepared: prepared.resolved, matches: requestMatcher(input) } };
}

async function buildRequests(
  { definition, baseUrl }: ProviderParts,
  calls: readonly Args[],
): Promise<Pick<RequestPlan, 'requests' | 'refusals'>> {
  const { about, upload } = definition;
  const code = upload && (await loadFeature(about, upload.feature));
  try {
    const toRequest = (args: Args) => toHttpRequest(definition, code?.withPlannedReferences(definition, args) ?? args);
    return { requests: calls.map((args) => describeRequest(baseUrl, toRequest(args))), refusals: [] };
  } catch (error) {
    // A model id that is not safe in a URL is detected only when the URL is built.
    if (!isAiImageError(error) || error.code !== 'invalid_request') throw error;
    const { code, field = 'model', message, hint } = error;
    return { requests: [], refusals: [{ code, field, message, ...(hint !== undefined && { hint }) }] };
  }
}

/** Describes a request for display. It has no credential yet, and bytes are shown as their number. */
function describeRequest(
  baseUrl: string,
  { method, url, query = {}, headers = {}, body }: HttpRequest,
): PlannedRequest {
  const full = /^https?:/i.test(url) ? url : `${baseUrl.replace(/\/$/, '')}/${url.replace(/^\//, '')}`;
  const pairs = Object.entries(query).map(([name, value]) => [name, String(value)]);
  const address = pairs.length === 0 ? full : `${full}?${new URLSearchParams(pairs)}`;
  const { accept: _, ...shownHeaders } = headers;
  const head = { method, url: address, ...(Object.keys(shownHeaders).length > 0 && { headers: shownHeaders }) };
  if (body === undefined) return head;
  if (body.kind === 'json') return { ...head, body: withoutBytes(body.value) };
  if (body.kind === 'bytes') return { ...head, body: `<${body.mediaType}, ${body.bytes.length} bytes>` };
  const parts = body.parts.map((part) => [
    part.name,
    'value' in part ? part.value : `<${part.mediaType}, ${part.bytes.length} bytes>`,
  ]);
  return { ...head, body: parts };
}

function withoutBytes(value: unknown): unknown {
  if (value instanceof Uint8Array) return `<${value.length} bytes>`;
  if (value instanceof DataUrl) return `<${value.mediaType}, ${value.bytes.length} bytes>`;
  if (typeof value === 'string') return value.startsWith('data:') ? `<data link, ${value.length} characters>` : value;
  if (Array.isArray(value)) return value.map(withoutBytes);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, each]) => (each === undefined ? [] : [[key, withoutBytes(each)]])),
  );
}
