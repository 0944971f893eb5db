import { expect, it } from 'vitest';
import { createImageManager } from '../../src/manager/create-image-manager.ts';
import type { ManagerSettings } from '../../src/manager/settings.ts';
import { StubProvider } from '../../src/providers/stub/stub-provider.ts';

const providers = { stub: new StubProvider() };
const create = (settings: object) => () => createImageManager({ providers, ...settings } as ManagerSettings);

it.each([
  [{ budgets: {} }, '"budgets"', 'Did you mean budget?'],
  [{ keepJobsOpen: 5 }, '"keepJobsOpen"', 'Did you mean keepJobsOpenMs?'],
  [{ budget: { perDay: 5 } }, '"budget.perDay"', 'Did you mean perDayUsd?'],
  [{ breaker: { maxFailure: 5 } }, '"breaker.maxFailure"', 'Did you mean maxFailures?'],
  [{ limits: { stub: { concurrent: 5 } } }, '"limits.stub.concurrent"', 'Did you mean maxConcurrent?'],
  [{ profiles: { kids: { allowed: [] } } }, '"profiles.kids.allowed"', undefined],
  [{ profiles: { kids: { enable: false } } }, '"profiles.kids.enable"', 'Did you mean enabled?'],
  [{ styles: { noir: { promt: 'x' } } }, '"styles.noir.promt"', 'Did you mean prompt?'],
  [{ routing: [{ intent: [] }] }, '"routing.0.intent"', 'Did you mean intents?'],
  [{ signal: 1 }, '"signal"', 'Pass it in the second argument: generate(request, { signal }).'],
  [{ model: 'x' }, '"model"', 'Pass it in the request: generate({ prompt, model }).'],
])('refuses %o at creation', (settings, shown, hint) => {
  expect(create(settings)).toThrow(
    expect.objectContaining({
      code: 'not_configured',
      message: `createImageManager: unknown setting ${shown}`,
      ...(hint !== undefined && { hint }),
    }),
  );
});

it('accepts every setting, and settings that are undefined', () => {
  const styles = { noir: { prompt: 'noir', negativePrompt: undefined } };
  expect(create({ styles, budget: { perDayUsd: 5 }, breaker: { pauseMs: 5 }, timeout: undefined })).not.toThrow();
});
