import { describe, expect, it } from 'vitest';
import { requireLimits } from '../../../../src/apps/cli/system/require-resources.ts';
import { dataDirectory } from '../../../../src/apps/shared/data-directory.ts';

const limits = (file: string, open: string) =>
  `Limit                     Soft Limit           Hard Limit           Units\nMax file size             ${file}            unlimited            bytes\nMax open files            ${open}                20000                files\n`;

describe('E04: process limits', () => {
  it('that are sufficient or unknown are accepted', () => {
    for (const text of [limits('unlimited', '1024'), limits('67108864', '868'), '']) requireLimits(text, 1_000);
  });

  it.each([
    [limits('1048576', '1024'), 1, 'files are limited to 1048576 bytes'],
    [limits('unlimited', '67'), 1, 'open files are limited to 67, and 68 may be needed'],
    [limits('unlimited', '100'), 32, 'and 192 may be needed'],
  ])('that are too low are refused before anything is charged', (text, atOnce, message) => {
    expect(() => requireLimits(text, atOnce)).toThrow(
      expect.objectContaining({ code: 'not_configured', charged: 'no', message: expect.stringContaining(message) }),
    );
  });
});

it('the data directory ignores a relative XDG_DATA_HOME', () => {
  expect(dataDirectory({ XDG_DATA_HOME: '/data', HOME: '/home/ada' })).toBe('/data/imagen');
  expect(dataDirectory({ XDG_DATA_HOME: 'data', HOME: '/home/ada' })).toBe('/home/ada/.local/share/imagen');
  expect(dataDirectory({ USERPROFILE: '/home/ada' })).toBe('/home/ada/.local/share/imagen');
  expect(dataDirectory({})).toBeUndefined();
});
