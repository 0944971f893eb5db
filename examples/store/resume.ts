import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createImageManager, StubProvider } from '@org/ai-image';
import { createStore } from '@org/ai-image/store';

const directory = await mkdtemp(join(tmpdir(), 'pictures-'));
const farm = new StubProvider({ job: { polls: 4 } });

// A host that gives up too early, or dies: the job's handle is on the disk before the first question is asked.
const first = createStore({ directory });
const impatient = createImageManager({ providers: { farm }, store: first });
await impatient.generate({ prompt: 'a red fox', size: '64x64' }, { deadlineMs: 300 }).catch(() => undefined);
await first.close();

// Later, in this process or another one. Nothing is bought again.
const store = createStore({ directory });
const images = createImageManager({ providers: { farm }, store });
for (const outcome of await images.resumeAll()) {
  if ('generation' in outcome) console.log(outcome.job.provider, outcome.generation.kept[0]?.path);
  else console.log(outcome.job.provider, outcome.error.code);
}
await store.close();
