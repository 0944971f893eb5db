/** What is wrong with a body. Whoever read it knows the step, the status and the outcome, and says so in a `TransportError`. */

import type { Fault } from '../errors.ts';

/** `network`: it broke off. `unreadable`: it is not what it must be. `too_large`: it passed a limit. */
export type BodyFault = Extract<Fault, 'network' | 'unreadable' | 'too_large'>;

/** Thrown by every reader of bodies. The message holds sizes and declared key names, never the body beyond its first 80 characters. */
export class BodyError extends Error {
  override readonly name = 'BodyError';
  readonly fault: BodyFault;

  constructor(fault: BodyFault, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.fault = fault;
  }
}
