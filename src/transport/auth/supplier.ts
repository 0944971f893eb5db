/** Calls the caller's functions that return credentials. */
import { transportError } from '../errors.ts';
import { copyCause, createRedactor } from '../net/redact/redact.ts';

/** Without secrets of its own: the error comes from code of the caller. */
const redact = createRedactor(() => []);

/** Calls a function of the caller. @param name for the message @throws TransportError if the function fails; nothing was sent */
export async function callSupplier<T>(supplier: () => T | Promise<T>, name: string): Promise<T> {
  try {
    return await supplier();
  } catch (error) {
    throw credentialError(`${name} failed`, copyCause(error, redact));
  }
}

/** Creates the error for missing or invalid credentials. Nothing was sent; a retry does not help. */
export function credentialError(message: string, cause?: unknown) {
  return transportError(message, { fault: 'authentication', step: 'token', isFinal: true, cause });
}
