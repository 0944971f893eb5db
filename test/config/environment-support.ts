/** Gives each test an environment without keys, and restores the real one afterwards. */
import { afterEach, beforeEach, expect } from 'vitest';
import type { AiImageError } from '../../src/providers/protocol/index.ts';
import { type ProviderAbout, registry } from '../../src/providers/registry.ts';

const before = { ...process.env };
const variables = Object.values(registry).flatMap(({ about }: { about: ProviderAbout }) => [
  ...(about.auth.kind === 'none' ? [] : about.auth.env),
  ...Object.values(about.env ?? {}).flat(),
]);

/** Removes every variable that a provider reads before each test of the file. */
export function isolateEnvironment(): void {
  beforeEach(() => {
    for (const name of [...variables, 'AI_IMAGE_PROVIDER']) delete process.env[name];
  });
  afterEach(() => {
    for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
    Object.assign(process.env, before);
  });
}

/** @returns the error that `work` throws */
export function thrownBy(work: () => unknown): AiImageError {
  try {
    work();
  } catch (error) {
    return error as AiImageError;
  }
  return expect.unreachable('it succeeded');
}
