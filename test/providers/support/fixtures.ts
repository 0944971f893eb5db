/** Finds a provider's recorded conversations. */
export const fixturesOf = (id: string): URL => new URL(`../../../src/providers/${id}/fixtures/`, import.meta.url);
