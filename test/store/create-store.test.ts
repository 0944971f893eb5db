/** The settings of a store. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { useStores } from './open-stores.ts';

const { folder, open } = useStores();

describe('creating a store', () => {
  it('creates no file before the first call', () => {
    open();
    expect(existsSync(join(folder(), 'images'))).toBe(false);
  });

  it.each([
    [{ directory: ' ' }, 'directory is missing'],
    [{ partition: 'YYYY-MM' as never }, 'YYYY/MM/DD'],
    [{ partition: 'toString' as never }, 'partition must be one of'],
    [{ prompts: 'none' as never }, "'text' or 'hash'"],
    [{ prompts: 'hash' as const, marksPrompt: true }, 'marksPrompt'],
    [{ marks: 'both' as never }, 'marks must be one of'],
    [{ naming: '{nobody}' }, 'unknown placeholder {nobody}'],
  ])('refuses %j and says which values are allowed', (settings, says) => {
    expect(() => open(settings)).toThrow(says);
    expect(() => open(settings)).toThrow(expect.objectContaining({ code: 'not_configured' }));
  });
});
