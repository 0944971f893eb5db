import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import * as protocol from '../../../src/providers/protocol/shared/forward-abort.ts';
import * as transport from '../../../src/transport/flow/forward-abort.ts';

describe.each([
  ['the transport', transport.forwardAbort],
  ['the protocol', protocol.forwardAbort],
])('forwardAbort of %s', (_module, forwardAbort) => {
  it('aborts with the reason of the signal, later or at once', () => {
    const from = new AbortController();
    const [later, atOnce] = [new AbortController(), new AbortController()];
    forwardAbort(from.signal, later);
    expect(later.signal.aborted).toBe(false);
    from.abort('the reason');
    forwardAbort(from.signal, atOnce);
    expect([later.signal.reason, atOnce.signal.reason]).toEqual(['the reason', 'the reason']);
  });

  it('leaves no listener on a signal that outlives the call', () => {
    const { signal } = new AbortController();
    const stops = Array.from({ length: 20 }, () => forwardAbort(signal, new AbortController()));
    expect(getEventListeners(signal, 'abort')).toHaveLength(20);
    for (const stop of stops) stop();
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  it('accepts that there is no signal', () => {
    const to = new AbortController();
    forwardAbort(undefined, to)();
    expect(to.signal.aborted).toBe(false);
  });
});
