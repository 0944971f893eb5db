/**
 * Builds the request that is stored beside an image: plain JSON, with a hash for each image and no query in links. `metadata` may hold
 * anything, and the image is already paid for, so what JSON cannot hold becomes a short text instead of an error.
 */
import type { AppliedSettings } from '../../providers/protocol/index.ts';
import { MAX_DEPTH, MAX_VALUES } from '../../providers/protocol/shared/find-unwritable.ts';
import type { ArtifactContext } from '../../store/interfaces.ts';
import type { ManagerRequest } from '../interfaces/request.ts';
import { sha256 } from '../sha256.ts';

export async function toArtifactContext(
  { session: _, parents = [], ...request }: ManagerRequest,
  provider: string,
  applied: AppliedSettings,
  call: string | undefined,
): Promise<ArtifactContext> {
  const entries = Object.entries(request).filter(([, value]) => value !== undefined);
  const plain = await Promise.all(
    entries.map(async ([name, value]) => [name, await toPlain(value, [], { count: 0 })] as const),
  );
  return { provider, request: Object.fromEntries(plain), applied, parents, ...(call !== undefined && { call }) };
}

/**
 * @param ancestors the objects that contain the value
 * @param seen counts the values of the field. An object that is shared many times has more values as JSON than in memory
 */
async function toPlain(value: unknown, ancestors: readonly object[], seen: { count: number }): Promise<unknown> {
  if (++seen.count > MAX_VALUES) return 'too many values';
  if (value instanceof Uint8Array) return { sha256: await sha256(value) };
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'string') return /^\s*(?:https?|data):/i.test(value) ? withoutQuery(value) : value;
  if (typeof value !== 'object' || value === null) return value;
  if (ancestors.includes(value)) return 'a circular reference';
  if (ancestors.length >= MAX_DEPTH) return 'nested too deeply';
  const inner = [...ancestors, value];
  if (Array.isArray(value)) return Promise.all(value.map((each) => toPlain(each, inner, seen)));
  const entries = Object.entries(value).map(async ([name, each]) => [name, await toPlain(each, inner, seen)] as const);
  return Object.fromEntries(await Promise.all(entries));
}

/** A query may hold a signature that grants access. */
function withoutQuery(link: string): string {
  if (!URL.canParse(link)) return 'a link';
  const { protocol, origin, pathname } = new URL(link);
  return protocol === 'data:' ? 'data:…' : `${origin}${pathname}`;
}
