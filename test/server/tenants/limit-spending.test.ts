/** The daily limit of a token. */
import { describe, expect, it } from 'vitest';
import { createImageServer } from '../../../src/apps/server/index.ts';
import { limitSpending } from '../../../src/apps/server/tenants/limit-spending.ts';
import { createImageManager, type ImageManager, type ManagerRequest } from '../../../src/index.ts';
import type { Queue } from '../../../src/queue/index.ts';
import type { Store } from '../../../src/store/index.ts';
import { failure } from '../../faults/support.ts';
import { PaidProvider, small } from '../../manager/support.ts';

const SHA256 = 'a'.repeat(64);
const TOKENS = [
  { name: 'ada', sha256: SHA256, perDayUsd: 0.15 },
  { name: 'eve', sha256: 'b'.repeat(64) },
];
const of = (costCenter: string, seed: number): ManagerRequest => ({ ...small, seed, metadata: { costCenter } });

describe('the daily limit of a token', () => {
  it('is enforced by the manager, and applies to that token only', async () => {
    const paid = new PaidProvider();
    const manager = limitSpending(createImageManager({ providers: { paid } }), TOKENS);
    await manager.generate(of('ada', 1), { callId: crypto.randomUUID() });
    expect(await failure(manager.generate(of('ada', 2)))).toMatchObject({ code: 'budget_exceeded', charged: 'no' });
    await manager.generate(of('eve', 3));
    await manager.generate(of('eve', 4));
    expect(paid.bought).toBe(3);
  });

  it('keeps the other methods, also those of a class', async () => {
    class HostManager {
      readonly #manager = createImageManager({ providers: { paid: new PaidProvider() } });
      plan(request: ManagerRequest) {
        return this.#manager.plan(request);
      }
    }
    const manager = limitSpending(new HostManager() as unknown as ImageManager, TOKENS);
    expect((await manager.plan(small)).candidates).toHaveLength(1);
  });

  it('is refused with a queue, whose workers would not know it', () => {
    const method = () => undefined;
    const store = { get: method, open: method, search: method, preflight: method };
    const manager = {
      ...{ store, generate: method, plan: method, models: method, findCall: method, resumeAll: method },
    };
    const queue = { enqueue: method, cancel: method } as unknown as Queue;
    const create = () =>
      createImageServer({
        ...{ queue, tokens: TOKENS },
        manager: manager as unknown as ImageManager,
        store: store as unknown as Store,
      });
    expect(create).toThrow(/tokens\[0\]\.perDayUsd has no effect with a queue/);
  });
});
