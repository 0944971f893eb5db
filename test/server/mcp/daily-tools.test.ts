import { describe, expect, it } from 'vitest';
import { createDailyTools } from '../../../src/apps/server/mcp/daily-tools.ts';
import { createFakeTools, done } from '../../apps/mcp/support.ts';

describe('the tools of a token', () => {
  it('L05: begin anew with each day (UTC), and stay the same during it', async () => {
    let now = Date.parse('2026-11-30T23:59:59Z');
    const days: ReturnType<typeof createFakeTools>[] = [];
    const tools = createDailyTools(
      () => {
        const made = createFakeTools(() => done('a'));
        days.push(made);
        return made;
      },
      () => now,
    );
    const [generate] = tools.tools;
    await generate?.execute({ prompt: 'a fox' }, { callId: 'one' });
    await tools.call('generate_image', { prompt: 'a fox' }, { callId: 'two' });
    now += 1_000;
    await generate?.execute({ prompt: 'a fox' }, { callId: 'three' });
    expect(days.map(({ calls }) => calls.map(({ context }) => context.callId))).toEqual([['one', 'two'], ['three']]);
  });
});
