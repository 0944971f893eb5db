import { createImageManager, StubProvider } from '@org/ai-image';

// The reply is lost: the vendor may have charged the call.
const manager = createImageManager({ providers: { farm: new StubProvider({ fail: 'outcome_unknown' }) } });
await manager.generate({ prompt: 'a red fox', size: '64x64' }).catch(() => undefined);

for (const { id, state, lastAttempt } of await manager.jobs()) {
  console.log(state, lastAttempt?.code);
  // Check the vendor's usage page first, then record what you found.
  await manager.settle(id, { charged: false, by: 'ada' });
}
console.log((await manager.jobs())[0]?.settlement?.by);
await manager.close();
