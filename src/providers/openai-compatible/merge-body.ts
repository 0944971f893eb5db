/** Merges JSON bodies. */

export type Json = Readonly<Record<string, unknown>>;

/** Merges bodies; later ones override earlier ones, and `null` removes a field. */
export function mergeBody(body: Json, ...overrides: readonly (Json | undefined)[]): Json {
  const all: Json = Object.assign({}, body, ...overrides);
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined && value !== null));
}
