import { writeFile } from 'node:fs/promises';
import { createImageManager, listProviders } from '@org/ai-image';
import { createManifest, IMAGE_CREATION_SKILL } from '@org/ai-image/tool';

const manager = createImageManager({ providers: { stub: 'stub' } });
const manifest = await createManifest(manager, { providers: listProviders() });

await writeFile('tools.json', JSON.stringify(manifest, undefined, 2));
await writeFile('skills.json', JSON.stringify([IMAGE_CREATION_SKILL], undefined, 2));
console.log(manifest[0]?.cost_per_call, manifest[0]?.providers);

await manager.close();
