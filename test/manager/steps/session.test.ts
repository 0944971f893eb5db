/** Sessions by name. */
import { describe, expect, it } from 'vitest';
import { createSessions } from '../../../src/manager/steps/session.ts';

describe('named sessions', () => {
  it('are the same for the same name, and others for other names', () => {
    const session = createSessions({});
    expect(session('one')).toBe(session('one'));
    expect(session('two')).not.toBe(session('one'));
    expect(session()).not.toBe(session());
  });

  it('are remembered for the ten thousand names that were used last', () => {
    const session = createSessions({});
    const [kept, dropped] = [session('kept'), session('dropped')];
    for (let count = 0; count < 10_000; count++) {
      session(`user ${count}`);
      session('kept');
    }
    expect(session('kept')).toBe(kept);
    expect(session('dropped')).not.toBe(dropped);
  });
});
