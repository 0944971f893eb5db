/** Where a provider's recorded conversations are. */
export const fixturesOf = (id: string): URL => new URL(`../../../src/providers/${id}/fixtures/`, import.meta.url);
