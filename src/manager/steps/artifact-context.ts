/** What is written down beside a picture: plain JSON, in which pictures and links stand for themselves by hash or place. */
import type { AppliedSettings } from '../../providers/protocol/index.ts';
import type { ArtifactContext } from '../../store/interfaces.ts';
import type { ManagerRequest } from '../types.ts';
import { sha256 } from './cache.ts';

export async function toArtifactContext(
  { session: _, parents = [], ...request }: ManagerRequest,
  provider: string,
  applied: AppliedSettings,
): Promise<ArtifactContext> {
  const entries = Object.entries(request).filter(([, value]) => value !== undefined);
  const plain = await Promise.all(entries.map(async ([name, value]) => [name, await toPlain(value)] as const));
  return { provider, request: Object.fromEntries(plain), applied, parents };
}

async function toPlain(value: unknown): Promise<unknown> {
  if (value instanceof Uint8Array) return { sha256: await sha256(value) };
  if (Array.isArray(value)) return Promise.all(value.map(toPlain));
  if (typeof value === 'string') return /^\s*(?:https?|data):/i.test(value) ? placeOf(value) : value;
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(async ([name, each]) => [name, await toPlain(each)] as const);
  return Object.fromEntries(await Promise.all(entries));
}

/** A link without what may be a signature in it. */
function placeOf(link: string): string {
  if (!URL.canParse(link)) return 'a link';
  const { protocol, origin, pathname } = new URL(link);
  return protocol === 'data:' ? 'data:…' : `${origin}${pathname}`;
}
