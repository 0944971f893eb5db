import { expect, it } from 'vitest';
import { createStore } from '../../src/store/create-store.ts';
import type { StoreSettings } from '../../src/store/store-settings.ts';

const create = (settings: object) => () => createStore({ directory: 'images', ...settings } as StoreSettings);

it.each([
  [{ dir: 'x' }, '"dir"', undefined],
  [{ partitions: 'none' }, '"partitions"', 'Did you mean partition?'],
  [{ prompt: 'hash' }, '"prompt"', 'Did you mean prompts?'],
  [{ s3: { buckt: 'x' } }, '"s3.buckt"', 'Did you mean bucket?'],
  [{ s3: { timeout: 5 } }, '"s3.timeout"', 'Did you mean timeoutMs?'],
  [{ database: { url: 'postgres://x', lease: 5 } }, '"database.lease"', 'Did you mean leaseMs?'],
])('refuses %o at creation', (settings, shown, hint) => {
  expect(create(settings)).toThrow(
    expect.objectContaining({
      code: 'not_configured',
      message: `store: unknown setting ${shown}`,
      ...(hint !== undefined && { hint }),
    }),
  );
});

it('accepts a pool, whose fields are its own', () => {
  const pool = { query: async () => ({ rows: [] }), connect: async () => ({}), totalCount: 0 };
  expect(create({ database: pool, naming: undefined, timeout: undefined })).not.toThrow();
});
