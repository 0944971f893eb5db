/** What the manager's tests share: vendors that draw with the stub, and cost what a test wants. */
import { type AiImageErrorCode, type MediaProvider, type RequestPlan, StubProvider } from '../../src/index.ts';

export interface PaidSettings {
  /** What the price table says for a call; `null`: nothing. */
  readonly estimateUsd?: number | null;
  /** What it costs in the end. */
  readonly costUsd?: number;
  readonly delayMs?: number;
  readonly fail?: AiImageErrorCode;
  readonly refuse?: boolean | readonly number[];
  readonly id?: string;
}

/** A third party's provider: a stub with a price. */
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

/** A clock that stands still until it is moved. */
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
