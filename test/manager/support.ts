/** Test providers with prices: they generate with the stub and cost what a test says. */
import {
  AiImageError,
  type AiImageErrorCode,
  type MediaProvider,
  type RequestPlan,
  StubProvider,
} from '../../src/index.ts';

export interface PaidSettings {
  /** The estimate of the price table for one image. `null`: the price is unknown. */
  readonly estimateUsd?: number | null;
  /** The reported cost of a call. */
  readonly costUsd?: number;
  readonly delayMs?: number;
  readonly fail?: AiImageErrorCode;
  readonly refuse?: boolean | readonly number[];
  readonly id?: string;
}

/** A third-party provider: a stub with a price. */
export class PaidProvider implements MediaProvider {
  readonly id: string;
  readonly stub: StubProvider;
  readonly #estimateUsd: number | null;

  constructor({ estimateUsd = 0.1, costUsd = estimateUsd ?? 0, id = 'paid', ...settings }: PaidSettings = {}) {
    this.id = id;
    this.stub = new StubProvider({ ...settings, costUsd });
    this.#estimateUsd = estimateUsd;
  }

  get bought(): number {
    return this.stub.calls.length;
  }

  models = () => this.stub.models();
  generateImage: MediaProvider['generateImage'] = (prompt, params) => this.stub.generateImage(prompt, params);
  generate: MediaProvider['generate'] = (request, context) => this.stub.generate(request, context);
  edit: MediaProvider['edit'] = (request, context) => this.stub.edit(request, context);
  healthCheck: MediaProvider['healthCheck'] = (context) => this.stub.healthCheck(context);
  close = () => this.stub.close();

  async plan(request: Parameters<MediaProvider['plan']>[0]): Promise<RequestPlan> {
    const plan = await this.stub.plan(request);
    const usd = this.#estimateUsd;
    const price =
      usd === null ? ({ basis: 'unknown' } as const) : ({ usd: usd * (request.n ?? 1), basis: 'estimated' } as const);
    return { ...plan, price };
  }
}

/**
 * Submits a job, and then ends as if the deadline had passed. No clock is involved, so a slow machine changes nothing.
 * @throws AiImageError `timeout`, with the job
 */
export async function submitAndTimeOut(
  provider: MediaProvider,
  ...[request, context]: Parameters<MediaProvider['generate']>
): Promise<never> {
  const job = await provider.submit!(request, context);
  throw new AiImageError('timeout', `${provider.id}: no image in time`, { provider: provider.id, job });
}

/** Makes `generate` of a provider with jobs time out as soon as the vendor has the job. */
export function timeOutAfterSubmit<P extends MediaProvider>(provider: P): P {
  const generate: MediaProvider['generate'] = (...asked) => submitAndTimeOut(provider, ...asked);
  return Object.assign(provider, { generate });
}

/** A clock that advances only when the test moves it. */
export function movableClock(wall = Date.UTC(2026, 10, 25, 12)) {
  let passed = 0;
  return {
    now: () => passed,
    wallNow: () => wall + passed,
    move(ms: number) {
      passed += ms;
    },
  };
}

export const small = { prompt: 'a red fox', size: '64x64' } as const;
