/** Plans a request and says what it may cost. Sends nothing. */
import type { Candidate, ManagerPlan } from '../../manager/interfaces/plan.ts';
import type { ManagerRequest } from '../../manager/interfaces/request.ts';
import { AiImageError, isUsdAmount } from '../../providers/protocol/index.ts';
import type { ToolCostEstimate } from '../tool-result.ts';
import type { ToolSet } from '../tool-set.ts';
import type { PricedCandidate } from './begun-call.ts';
import { toMicros, toUsd } from './session-limits.ts';

export interface PricedRequest {
  /** The best first. */
  readonly candidates: readonly PricedCandidate[];
  /** The highest price of the candidates, in micro-dollars. A price that is not known counts `unpricedUsd` per image. */
  readonly micros: number;
  /** The candidate with that price. */
  readonly mostExpensive: PricedCandidate;
}

/** @throws AiImageError `invalid_request`, `unsupported`, `policy_denied`: no provider can generate the images */
export async function priceRequest(
  request: ManagerRequest,
  { manager, settings: { unpricedUsd } }: Pick<ToolSet, 'manager' | 'settings'>,
): Promise<PricedRequest> {
  const plan = await manager.plan(request);
  if (plan.candidates.length === 0) throw refusedError(plan);
  const { n = 1 } = request;
  const candidates = plan.candidates.map((each) => ({ provider: each.provider, estimate: estimateOf(each, n) }));
  const counted = candidates.map(({ estimate }) => toMicros(estimate.estimated_usd ?? unpricedUsd * n));
  const micros = Math.max(...counted);
  return { candidates, micros, mostExpensive: candidates[counted.indexOf(micros)]! }; // there is at least one
}

export function estimateOf({ model, plan: { price, applied } }: Candidate, n: number): ToolCostEstimate {
  const usd = isUsdAmount(price.usd) ? price.usd : null;
  return {
    estimated_usd: usd === null ? null : toUsd(toMicros(usd)),
    per_image_usd: usd === null ? null : toUsd(toMicros(usd / n)),
    model,
    size: applied.size ?? null,
  };
}

const MAX_REASONS = 3;

function refusedError({ refused }: ManagerPlan): AiImageError {
  const [first] = refused.flatMap(({ plan }) => plan.refusals);
  const reasons = refused.map(({ provider, plan }) => {
    const { message = 'it cannot do this' } = plan.refusals[0] ?? {};
    return message.startsWith(`${provider}: `) ? message : `${provider}: ${message}`;
  });
  const more = reasons.length > MAX_REASONS ? `; and ${reasons.length - MAX_REASONS} more` : '';
  const message =
    reasons.length === 1
      ? reasons[0]!
      : `no provider can do this: ${reasons.slice(0, MAX_REASONS).join('; ') || 'none is allowed'}${more}`;
  return new AiImageError(first?.code ?? 'unsupported', message, { charged: 'no', hint: first?.hint });
}
