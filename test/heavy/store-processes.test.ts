/** A07 at full size. `npm test` runs a small size of it. */
import { join } from 'node:path';
import { it } from 'vitest';
import { checkConcurrentSaves } from '../store/concurrent-saves.ts';
import { useChildren } from '../store/processes.ts';
import { useFolder } from '../store/support.ts';

const folder = useFolder();
const children = useChildren();

it('A07: 8 processes that save 200 images each under one name lose none, and all 1,600 are found', async () => {
  await checkConcurrentSaves(children, join(folder(), 'images'), { processes: 8, saves: 200 });
});
