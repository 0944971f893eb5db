/** The error of body readers. Their caller adds the step, status and outcome and throws a `TransportError`. */
import type { Fault } from '../errors.ts';

/** `network`: the connection broke. `unreadable`: the body is invalid. `too_large`: it exceeded a limit. */
export type BodyFault = Extract<Fault, 'network' | 'unreadable' | 'too_large'>;

/** Thrown by all body readers. The message may contain sizes, declared key names and the first 80 characters of the body. */
export class BodyError extends Error {
  override readonly name = 'BodyError';
  readonly fault: BodyFault;

  constructor(fault: BodyFault, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.fault = fault;
  }
}
