import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createImageManager, StubProvider } from '@org/ai-image';
import { createStore } from '@org/ai-image/store';

const directory = await mkdtemp(join(tmpdir(), 'images-'));
const farm = new StubProvider({ job: { polls: 4 } });

// This process stops waiting too early, as if it had crashed. The job's handle is on disk before the first poll.
const first = createStore({ directory });
const hurried = createImageManager({ providers: { farm }, store: first });
await hurried.generate({ prompt: 'a red fox', size: '64x64' }, { deadlineMs: 300 }).catch(() => undefined);
await first.close();

// Later, in this process or another one: the image is fetched. Nothing is generated or charged again.
const store = createStore({ directory });
const manager = createImageManager({ providers: { farm }, store });
for (const outcome of await manager.resumeAll()) {
  if ('generation' in outcome) console.log(outcome.job.provider, outcome.generation.saved[0]?.path);
  else console.log(outcome.job.provider, outcome.error.code);
}
await store.close();
