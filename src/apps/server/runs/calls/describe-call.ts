/** Describes a call that this process does not know, from its record, its images and its work in the queue. */
import { type ImageManager, isAiImageError } from '../../../../index.ts';
import type { CallRecord } from '../../../../manager/index.ts';
import type { Queue, QueuedWork } from '../../../../queue/index.ts';
import type { Artifact, Store } from '../../../../store/index.ts';
import type { RunState, RunSummary } from '../run-list.ts';

export interface CallSources {
  readonly manager: Pick<ImageManager, 'findCall'>;
  readonly store: Pick<Store, 'search' | 'get'>;
  readonly queue: Pick<Queue, 'find'> | undefined;
  /** Whether the store keeps prompts as text. */
  readonly keepsPrompts: boolean;
}

/** @returns `undefined`: nothing is known of the call */
export async function describeCall(
  id: string,
  token: string,
  { manager, store, queue, keepsPrompts }: CallSources,
): Promise<RunSummary | undefined> {
  const [call, work, images] = await Promise.all([
    manager.findCall(id),
    queue?.find(id),
    store.search({ call: id, limit: 1_000 }),
  ]);
  const artifacts = [...new Set([...(call?.artifacts ?? []), ...images.map((image) => image.id).reverse()])];
  const [first] = artifacts;
  if (call === undefined && work === undefined && first === undefined) return undefined;
  const sidecar = first === undefined ? undefined : await getIfThere(store, first);
  const record = call?.records[0];
  const handle = call?.records.findLast((each) => each.handle !== undefined)?.handle;
  const request: Readonly<Record<string, unknown>> = sidecar?.request ?? { ...(handle?.request ?? work?.request) };
  const state = stateOf(call, work);
  const startedAt = work?.createdAt.toISOString() ?? record?.startedAt ?? sidecar?.createdAt ?? '';
  const endedAt = call?.endedAt ?? work?.endedAt?.toISOString() ?? sidecar?.createdAt;
  const isOver = state !== 'waiting' && state !== 'running';
  const costs = images.map(({ costUsd }) => costUsd);
  const error = errorOf(state, call, work);
  return {
    ...{ id, state, token, startedAt, artifacts },
    ...(isOver && endedAt !== undefined && { endedAt }),
    operation: request.inputImages === undefined ? 'generate' : 'edit',
    prompt: keepsPrompts && typeof request.prompt === 'string' ? request.prompt.slice(0, 1_000) : '',
    images: typeof request.n === 'number' ? request.n : Math.max(artifacts.length, 1),
    ...providerOf(sidecar, call),
    ...(costs.length > 0 && costs.every((usd) => usd !== undefined) && { costUsd: sumOf(costs) }),
    ...(handle && { job: handle.id }),
    ...(error && { error }),
  };
}

function stateOf(call: CallRecord | undefined, work: QueuedWork | undefined): RunState {
  switch (call?.state) {
    case 'done':
    case 'failed':
    case 'unknown':
      return call.state;
    case 'running':
      return 'running';
    case 'submitting':
      // Without its process, its outcome cannot be known.
      return call.isHeld ? 'running' : 'unknown';
    case undefined:
      return work === undefined ? 'done' : stateOfWork(work);
  }
}

function stateOfWork({ state }: QueuedWork): RunState {
  switch (state) {
    case 'waiting':
    case 'done':
    case 'unknown':
    case 'cancelled':
      return state;
    case 'active':
      return 'running';
    case 'dead':
      return 'failed';
  }
}

function errorOf(state: RunState, call: CallRecord | undefined, work: QueuedWork | undefined): RunSummary['error'] {
  if (state !== 'failed' && state !== 'unknown' && state !== 'cancelled') return undefined;
  const why = call?.lastAttempt ?? work?.error;
  const charged = call?.charged ?? work?.error?.charged ?? 'unknown';
  return { code: why?.code ?? 'outcome_unknown', message: why?.message ?? 'Its outcome is not known.', charged };
}

function providerOf(
  sidecar: Artifact | undefined,
  call: CallRecord | undefined,
): Pick<RunSummary, 'provider' | 'model'> {
  const source = sidecar ?? call?.records.at(-1);
  return source === undefined ? {} : { provider: source.provider, model: source.model };
}

const sumOf = (costs: readonly (number | undefined)[]): number =>
  Math.round(costs.reduce<number>((sum, usd) => sum + (usd ?? 0), 0) * 1e6) / 1e6;

async function getIfThere(store: Pick<Store, 'get'>, id: string): Promise<Artifact | undefined> {
  try {
    return await store.get(id);
  } catch (error) {
    if (isAiImageError(error) && error.code === 'invalid_request') return undefined; // it was deleted
    throw error;
  }
}
