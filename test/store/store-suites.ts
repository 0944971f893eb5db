/** The test files that also run with index, ledger and jobs in PostgreSQL. */
const SUITES = [
  'create-store',
  'save-images',
  'search',
  'change-images',
  'maintenance',
  'secrets',
  'files/links-and-permissions',
];

/**
 * Call it inside a `describe`, after `useDatabase`.
 * @param name of the database. Test files share modules, so each name loads the suites anew
 */
export async function importStoreSuites(name: string): Promise<void> {
  for (const suite of SUITES) {
    const path = `./${suite}.test.ts?${name}`;
    await import(/* @vite-ignore */ path);
  }
}
