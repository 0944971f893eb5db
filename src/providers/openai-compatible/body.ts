/** JSON bodies in layers. */

export type Json = Readonly<Record<string, unknown>>;

/** One body over the other; `null` leaves a field out. */
export function layered(body: Json, ...over: readonly (Json | undefined)[]): Json {
  const all: Json = Object.assign({}, body, ...over);
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined && value !== null));
}
