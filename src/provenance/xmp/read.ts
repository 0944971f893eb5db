/** Reads the mark in an XMP packet. */
import { isAiSource, type Mark, SOURCE_TYPE_BASE } from '../facts.ts';
import { OURS, OWN, type PropertyName, REMOTE_MANIFEST, STANDARD } from './names.ts';
import { type PacketContent, readProperties } from './properties.ts';

export interface PacketReading {
  readonly mark: Mark | undefined;
  /** The address of a C2PA manifest outside the file. */
  readonly remoteManifest: string | undefined;
}

/** A packet usually has a few kilobytes. A larger one contains an editor's history, or is an attack. */
export const MAX_PACKET_BYTES = 1_000_000;

/** @returns the exact text, so that it can be written back; or what is wrong, as a phrase whose subject is the packet */
export function decodePacket(bytes: Uint8Array): { readonly text: string } | string {
  if (bytes.length > MAX_PACKET_BYTES) return `is larger than ${MAX_PACKET_BYTES} bytes`;
  try {
    return { text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch {
    // The decoder's error has no more details.
    return 'is not UTF-8';
  }
}

/** @returns the mark in the packet, or what is wrong, as a phrase whose subject is the packet */
export function readPacket(bytes: Uint8Array): PacketReading | string {
  const decoded = decodePacket(bytes);
  if (typeof decoded === 'string') return decoded;
  const content = readProperties(decoded.text);
  return typeof content === 'string' ? content : toReading(content);
}

export function toReading({ descriptions }: PacketContent): PacketReading {
  const properties = descriptions.flatMap((description) => description.properties);
  const first = (...names: readonly PropertyName[]) => {
    for (const candidate of names) {
      const found = properties.find(({ name, value }) => name === candidate && value.trim() !== '');
      if (found) return found.value;
    }
    return undefined;
  };
  const isOurs = properties.some(({ name }) => name.startsWith(`${OURS} `));
  const source = first(STANDARD.digitalSource, OWN.digitalSource);
  const digitalSource = source === undefined ? undefined : toTerm(source);
  const system = first(STANDARD.system);
  const isMark = isOurs || digitalSource !== undefined || system !== undefined;
  const values = {
    digitalSource,
    provider: first(OWN.provider),
    model: first(OWN.model),
    system,
    promptHash: first(OWN.promptHash),
    prompt: first(OWN.prompt, STANDARD.prompt),
    software: first(OWN.software, STANDARD.software),
    createdAt: first(OWN.createdAt, STANDARD.createdAt),
    credit: first(STANDARD.credit),
  };
  const isMadeByAi = digitalSource !== undefined && isAiSource(digitalSource);
  return {
    mark: isMark ? { isOurs, isMadeByAi, ...withoutUndefined(values) } : undefined,
    remoteManifest: first(REMOTE_MANIFEST),
  };
}

/** Returns the name of the term. Some tools write https, a trailing slash, or only the name. */
export function toTerm(value: string): string {
  const trimmed = value.trim().replace(/\/$/, '');
  const http = trimmed.replace(/^https:/, 'http:');
  return http.startsWith(SOURCE_TYPE_BASE) ? http.slice(SOURCE_TYPE_BASE.length) : trimmed;
}

type Defined<T> = { readonly [K in keyof T]?: Exclude<T[K], undefined> };

/** Removes fields that are `undefined`. */
function withoutUndefined<T extends object>(fields: T): Defined<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Defined<T>;
}
