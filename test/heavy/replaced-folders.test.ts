/** F08: a folder of the store is replaced by a link at each file operation, and in 10,000 rounds of a race. */
import { describe } from 'vitest';
import { testReplacedFolders } from '../store/files/replaced-folder-suite.ts';
import { useStores } from '../store/open-stores.ts';

const stores = useStores();

describe('F08: a folder that is replaced by a link between check and write', () => {
  testReplacedFolders(stores, { step: 1, rounds: 10_000 });
});
