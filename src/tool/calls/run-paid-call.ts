/**
 * Runs a call that costs money: checks its price, asks for a confirmation, reserves its place in the limits, starts it, waits, and answers.
 * Every tool that costs money uses this function, so that the same call id is paid once.
 */
import type { ManagedGeneration } from '../../manager/interfaces/generation.ts';
import type { ManagerRequest } from '../../manager/interfaces/request.ts';
import { isUsdAmount } from '../../providers/protocol/index.ts';
import { refuse, toRefusal } from '../results/to-failure.ts';
import type { ArgumentNames } from '../results/words.ts';
import type { GeneratedData, RunningData, ToolFailure, ToolResult } from '../tool-result.ts';
import type { ToolRun } from '../tool-set.ts';
import { answerCall } from './answer-call.ts';
import type { BegunCall } from './begun-call.ts';
import { callIdOf } from './call-id.ts';
import { isFreeError } from './manager-runner.ts';
import { type PricedRequest, priceRequest } from './price-request.ts';
import { type SessionReservation, showUsd, toMicros, toUsd } from './session-limits.ts';

/** A call that costs money, as a tool describes it. */
export interface PaidCall {
  /** The arguments that, with the call id, say which call it is: all except those about waiting and price. */
  readonly identity: object;
  /** Creates the request. Not called for a repeated call, because the images that its arguments name may have changed since. */
  readonly toRequest: () => Promise<ManagerRequest>;
  /** The argument `wait_seconds`. @default the setting `answerWithinMs` */
  readonly waitSeconds?: number | undefined;
  /** The argument `confirm_cost_usd`: the price that the user agreed to, in US dollars. */
  readonly confirmCostUsd?: number | undefined;
  /** The names of the arguments in failures, by the field of the request. @default those of `generate_image` */
  readonly argumentNames?: ArgumentNames | undefined;
}

export async function runPaidCall(paid: PaidCall, run: ToolRun): Promise<ToolResult<GeneratedData | RunningData>> {
  const begun = await beginOnce(paid, run).catch((error: unknown) => toRefusal(error, paid.argumentNames));
  return 'success' in begun ? begun : answerCall(begun, paid.waitSeconds, run);
}

/** Two equal calls at the same time begin one call, and both wait for it. */
async function beginOnce(paid: PaidCall, run: ToolRun): Promise<BegunCall | ToolFailure> {
  const { starting } = run.set;
  const id = await callIdOf(paid.identity, run);
  const earlier = starting.get(id);
  if (earlier !== undefined) {
    const begun = await earlier;
    if (!('success' in begun)) return { ...begun, origin: 'repeat' };
    // The other caller has left, and this one has not.
    const isLeft = begun.data.code === 'aborted' && run.context.signal?.aborted !== true;
    return isLeft ? beginOnce(paid, run) : begun;
  }
  const beginning = begin(id, paid, run).finally(() => starting.delete(id));
  starting.set(id, beginning);
  return beginning;
}

async function begin(id: string, paid: PaidCall, run: ToolRun): Promise<BegunCall | ToolFailure> {
  const { set, context } = run;
  const known = context.callId === undefined ? undefined : await findKnown(id, run);
  if (known !== undefined) return known;
  const request = await paid.toRequest();
  const priced = await priceRequest(request, set);
  const unconfirmed = askForConfirmation(priced, paid.confirmCostUsd, set.settings.confirmAboveUsd);
  if (unconfirmed !== undefined) return unconfirmed;
  if (context.signal?.aborted) return refuse('aborted', 'The call was cancelled. Nothing was sent.', { job_id: id });
  const reservation = set.limits.reserve({ micros: priced.micros, images: request.n ?? 1 });
  const started = await set.runner.start({ id, request }).catch((error: unknown) => {
    reservation.release();
    throw error;
  });
  started.result.then(
    (generation) => settle(generation, reservation, run),
    (error: unknown) => (isFreeError(error) ? reservation.release() : reservation.settle()),
  );
  rememberJobId(id, started.id, set.jobIds);
  return { jobId: started.id, call: started, origin: 'new', candidates: priced.candidates };
}

/** @returns `undefined`: the call is new, or it failed without a charge and may be sent again */
async function findKnown(id: string, { set: { runner, jobIds } }: ToolRun): Promise<BegunCall | undefined> {
  const jobId = jobIds.get(id) ?? id;
  const call = await runner.find(jobId);
  if (call === undefined || ('state' in call && call.state === 'failed' && isFreeError(call.error))) return undefined;
  return { jobId, call, origin: 'repeat' };
}

function askForConfirmation(
  { candidates, micros, mostExpensive }: PricedRequest,
  confirmedUsd: number | undefined,
  confirmAboveUsd: number,
): ToolFailure | undefined {
  if (micros <= toMicros(confirmAboveUsd)) return undefined;
  if (confirmedUsd !== undefined && toMicros(confirmedUsd) >= micros) return undefined;
  const { estimated_usd } = mostExpensive.estimate;
  const price =
    estimated_usd === null
      ? `The price of this call at ${mostExpensive.provider} is not known; it counts as ${showUsd(micros)}.`
      : `This call can cost ${showUsd(micros)} at ${mostExpensive.provider}.`;
  // The other providers are used when the first one fails.
  const [{ provider = '' } = {}] = candidates;
  const other =
    provider === mostExpensive.provider ? '' : ` With provider: ${JSON.stringify(provider)}, only that one is used.`;
  const what = `Ask the user. If the user agrees, call the tool again with the same arguments and confirm_cost_usd: ${toUsd(micros)}.`;
  return refuse('confirmation_required', `${price} Nothing was sent. ${what}${other}`, {
    estimated_usd,
    confirm_cost_usd: toUsd(micros),
  });
}

function settle(generation: ManagedGeneration, reservation: SessionReservation, { set }: ToolRun): void {
  if (generation.isCached) reservation.release();
  else reservation.settle(isUsdAmount(generation.cost.usd) ? generation.cost.usd : undefined);
  const newest = generation.saved.at(-1);
  if (newest !== undefined) set.newest.id = newest.id;
}

/** Only the latest calls are remembered, so that memory stays flat. */
const MAX_JOB_IDS = 1_000;

function rememberJobId(id: string, jobId: string, jobIds: Map<string, string>): void {
  if (id === jobId) return;
  jobIds.set(id, jobId);
  const [oldest] = jobIds.keys();
  if (jobIds.size > MAX_JOB_IDS && oldest !== undefined) jobIds.delete(oldest);
}
