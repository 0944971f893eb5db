/** Describes why a sink failed, without secrets. */
import { hideKeys } from '../../providers/protocol/input/hide-keys.ts';

const MAX_LENGTH = 300;
/** An address; the part after the host may contain a key. */
const ADDRESS = /\b([a-z][a-z0-9+.-]{0,20}:\/\/)[^\s"'<>]+/gi;

export function describeFailure(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return hideKeys(message.slice(0, 2 * MAX_LENGTH).replace(ADDRESS, (address) => hostOf(address))).slice(0, MAX_LENGTH);
}

/** Returns the scheme and the host of an address. */
function hostOf(address: string): string {
  if (!URL.canParse(address)) return '[address]';
  const { protocol, host } = new URL(address);
  return `${protocol}//${host}`;
}
