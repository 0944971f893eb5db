/** The mark in an XMP packet. */
import { isAiSource, type Mark, SOURCE_TYPE_BASE } from '../facts.ts';
import { OURS, OWN, type PropertyName, REMOTE_MANIFEST, STANDARD } from './names.ts';
import { type PacketContent, readProperties } from './properties.ts';

export interface PacketReading {
  readonly mark: Mark | undefined;
  /** The address of a C2PA manifest that lies elsewhere. */
  readonly remoteManifest: string | undefined;
}

/** A packet is a few kilobytes; what is larger holds the history of an editor, or is meant to cost time. */
export const MAX_PACKET_BYTES = 1_000_000;

/** @returns the text exactly, so that it can be written back; or in words what is wrong */
export function decodePacket(bytes: Uint8Array): { readonly text: string } | string {
  if (bytes.length > MAX_PACKET_BYTES) return `is larger than ${MAX_PACKET_BYTES} bytes`;
  try {
    return { text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch {
    // The decoder has nothing to say but that.
    return 'is not UTF-8';
  }
}

/** @returns what the packet says of the picture's origin, or in words what is wrong with the packet */
export function readPacket(bytes: Uint8Array): PacketReading | string {
  const decoded = decodePacket(bytes);
  if (typeof decoded === 'string') return decoded;
  const content = readProperties(decoded.text);
  return typeof content === 'string' ? content : toReading(content);
}

export function toReading({ descriptions }: PacketContent): PacketReading {
  const properties = descriptions.flatMap((description) => description.properties);
  const first = (...names: readonly PropertyName[]) => {
    for (const wanted of names) {
      const found = properties.find(({ name, value }) => name === wanted && value.trim() !== '');
      if (found) return found.value;
    }
    return undefined;
  };
  const isOurs = properties.some(({ name }) => name.startsWith(`${OURS} `));
  const source = first(STANDARD.digitalSource, OWN.digitalSource);
  const digitalSource = source === undefined ? undefined : toTerm(source);
  const system = first(STANDARD.system);
  const isMark = isOurs || digitalSource !== undefined || system !== undefined;
  const said = {
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
    mark: isMark ? { isOurs, isMadeByAi, ...present(said) } : undefined,
    remoteManifest: first(REMOTE_MANIFEST),
  };
}

/** The name of the term. Some tools write https, a trailing slash, or the name alone. */
export function toTerm(value: string): string {
  const trimmed = value.trim().replace(/\/$/, '');
  const http = trimmed.replace(/^https:/, 'http:');
  return http.startsWith(SOURCE_TYPE_BASE) ? http.slice(SOURCE_TYPE_BASE.length) : trimmed;
}

type Present<T> = { readonly [K in keyof T]?: Exclude<T[K], undefined> };

/** Only what is there: a field without a value is left out, not undefined. */
function present<T extends object>(fields: T): Present<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Present<T>;
}
