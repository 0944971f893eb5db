/** The call ids of a server: the beginning says which token a call belongs to, so that no table is needed to find that out. */
import { hashOfBytes } from '../../http/read-body.ts';

/** 48 bits of the hash of a token's name, a hyphen, and at least 128 random bits or bits of a hash. */
const OWN_CALL_ID = /^([0-9a-f]{12})-[0-9a-f]{32,40}/;
const OWNER_LENGTH = 12;
const KEYED_LENGTH = 40;

/** Returns the beginning of the call ids of a token. */
export const ownerOf = async (token: string): Promise<string> =>
  (await hashOf(['owner', token])).slice(0, OWNER_LENGTH);

export const randomCallId = async (token: string): Promise<string> =>
  `${await ownerOf(token)}-${crypto.randomUUID().replaceAll('-', '')}`;

/** Returns the same id for the same key: the call is found after a restart, and by every server on the same store. */
export const keyedCallId = async (token: string, key: string): Promise<string> =>
  `${await ownerOf(token)}-${(await hashOf(['key', token, key])).slice(0, KEYED_LENGTH)}`;

/** Splits the id of a call or of one of its submits. @returns `undefined`: no server made it */
export function readCallId(id: string): { readonly call: string; readonly owner: string } | undefined {
  const [call, owner] = OWN_CALL_ID.exec(id) ?? [];
  return call === undefined || owner === undefined ? undefined : { call, owner };
}

/** @returns SHA-256 over all parts, in hex */
export const hashOf = (parts: readonly string[]): Promise<string> =>
  hashOfBytes(new TextEncoder().encode(JSON.stringify(parts)));
