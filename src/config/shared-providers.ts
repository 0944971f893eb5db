/**
 * The providers set with `setProvider`. One process may load several copies of this package: Next.js bundles it once for its
 * instrumentation and once for its routes, and two dependencies may install two versions. All copies use the list on `globalThis`.
 */
import { AiImageError } from '../providers/protocol/errors.ts';
import { describeKind } from '../providers/protocol/input/hide-keys.ts';
import type { AiImageProvider } from '../providers/protocol/provider.ts';

/** Plain data: each copy wraps the provider with its own checks. */
export interface SharedProvider {
  /** Used in messages. */
  readonly name: string;
  readonly provider: AiImageProvider;
}

/** By id or name; the default provider has the empty name. Of several under one name, the last one set is used. */
type SharedProviders = Map<string, readonly SharedProvider[]>;

/** Raise the number if the form of the list changes, so that copies with different forms do not read each other's list. */
const KEY = Symbol.for('@org/ai-image/providers/1');

/** The entries that this copy has set. It may close their providers; those of other copies belong to them. */
const own = new WeakSet<SharedProvider>();

export const isOwnEntry = (entry: SharedProvider): boolean => own.has(entry);

/** Returns the providers set under a name, the latest last. @throws AiImageError `not_configured`: other code has changed the list */
export function entriesOf(name: string): readonly SharedProvider[] {
  return readEntries(list().get(name));
}

/** Returns all providers that are set. @throws AiImageError `not_configured`: other code has changed the list */
export const allEntries = (): readonly SharedProvider[] => [...list().values()].flatMap(readEntries);

export function addEntry(name: string, entry: SharedProvider): void {
  own.add(entry);
  list().set(name, [...entriesOf(name), entry]);
}

/** Does nothing if it was removed before. */
export function removeEntry(name: string, entry: SharedProvider): void {
  const left = entriesOf(name).filter((each) => each !== entry);
  list().set(name, left);
}

/** Empties the list, also one that other code has changed. */
export function removeAllEntries(): void {
  const known = (globalThis as { [KEY]?: unknown })[KEY];
  if (isList(known)) known.clear();
  else (globalThis as { [KEY]?: unknown })[KEY] = undefined;
}

/** Returns the list of this process, and creates it with the first use. */
function list(): SharedProviders {
  const known = (globalThis as { [KEY]?: unknown })[KEY];
  if (isList(known)) return known;
  if (known !== undefined) throw foreignError(known, 'the list');
  const created: SharedProviders = new Map();
  (globalThis as { [KEY]?: unknown })[KEY] = created;
  return created;
}

/** Not `instanceof`: the copies may run in realms with maps of their own. */
const isList = (value: unknown): value is SharedProviders =>
  ['get', 'set', 'values', 'clear'].every(
    (name) => typeof (value as Readonly<Record<string, unknown>> | undefined | null)?.[name] === 'function',
  );

function readEntries(entries: unknown): readonly SharedProvider[] {
  if (entries === undefined) return [];
  if (!Array.isArray(entries)) throw foreignError(entries, 'a list of providers');
  const broken = entries.findIndex((each) => typeof each?.name !== 'string' || !isProvider(each.provider));
  if (broken >= 0) throw foreignError(entries[broken], 'a provider');
  return entries;
}

const isProvider = (value: unknown): boolean =>
  typeof (value as Partial<AiImageProvider> | null | undefined)?.generateImage === 'function';

function foreignError(found: unknown, expected: string): AiImageError {
  const message = `the providers set with setProvider cannot be read: expected ${expected}, found ${describeKind(found)}`;
  const hint = `Other code has written to globalThis[Symbol.for('${KEY.description}')]. Remove that code, or call resetProviders().`;
  return new AiImageError('not_configured', message, { hint });
}
