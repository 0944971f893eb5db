/** Keys of the environment never reach a screen, in whatever text they occur. */
import { describe, expect, it } from 'vitest';
import { concealKeys } from '../../../../../src/apps/cli/output/terminal/conceal-keys.ts';

const ID = '3f2a9c1e-7b44-4d0c-9e21-aa10bb20cc30';
const SECRET = 'b7d1f0e2c3a49586/7665544+3322"11ff';

describe('the key of a composite credential', () => {
  const conceal = concealKeys({
    FAL_KEY: ` ${ID}:${SECRET}\n`,
    HOME: '/home/jane',
    AWS_SECRET_ACCESS_KEY: 'x'.repeat(40),
  });

  it.each([
    ['whole', `${ID}:${SECRET}`],
    ['by its first part', ID],
    ['by its second part', SECRET],
    ['in JSON', JSON.stringify(SECRET)],
    ['in a URL', encodeURIComponent(`${ID}:${SECRET}`)],
    ['in base64', Buffer.from(`${ID}:${SECRET}`).toString('base64')],
    ['in base64 after other text', Buffer.from(`a${SECRET}b`).toString('base64url')],
  ])('is concealed %s', (_how, spelling) => {
    const shown = conceal(`no such key: ${spelling}, /home/jane`);
    expect(shown).toMatch(/^no such key: "?.{0,4}\[redacted\]/);
    expect(shown).not.toContain(spelling.slice(8, 24));
    expect(shown).toContain('/home/jane');
  });

  it('is replaced as a whole, not only by its parts', () => {
    expect(conceal(`${ID}:${SECRET}`)).toBe('[redacted]');
  });

  it('is found in other variables with a name like a key', () => {
    expect(conceal(`refused ${'x'.repeat(40)}`)).toBe('refused [redacted]');
  });
});

it('does not conceal an ordinary word in a variable', () => {
  expect(
    concealKeys({ MY_SECRET: 'disabled', TOKEN_DIR: '/var/lib/tokens/of/jane' })('disabled /var/lib/tokens/of/jane'),
  ).toBe('disabled /var/lib/tokens/of/jane');
});
