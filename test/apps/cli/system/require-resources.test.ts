import { describe, expect, it } from 'vitest';
import { dataFolder } from '../../../../src/apps/cli/system/home.ts';
import { requireLimits } from '../../../../src/apps/cli/system/require-resources.ts';

const limits = (file: string, open: string) =>
  `Limit                     Soft Limit           Hard Limit           Units\nMax file size             ${file}            unlimited            bytes\nMax open files            ${open}                20000                files\n`;

describe('E04: limits of the system', () => {
  it('that are wide enough, or unknown, refuse nothing', () => {
    for (const text of [limits('unlimited', '1024'), limits('67108864', '868'), '']) requireLimits(text, 1_000);
  });

  it.each([
    [limits('1048576', '1024'), 1, 'files may have 1048576 bytes at most'],
    [limits('unlimited', '67'), 1, '67 files may be open at once, and 68 may be needed'],
    [limits('unlimited', '100'), 32, 'and 192 may be needed'],
  ])('that are small are refused, and nothing was charged', (text, atOnce, message) => {
    expect(() => requireLimits(text, atOnce)).toThrow(
      expect.objectContaining({ code: 'not_configured', charged: 'no', message: expect.stringContaining(message) }),
    );
  });
});

it('the data folder: a relative XDG_DATA_HOME does not count', () => {
  expect(dataFolder({ XDG_DATA_HOME: '/data', HOME: '/home/ada' })).toBe('/data/imagen');
  expect(dataFolder({ XDG_DATA_HOME: 'data', HOME: '/home/ada' })).toBe('/home/ada/.local/share/imagen');
  expect(dataFolder({ USERPROFILE: '/home/ada' })).toBe('/home/ada/.local/share/imagen');
  expect(dataFolder({})).toBeUndefined();
});
