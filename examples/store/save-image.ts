import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createProvider } from '@org/ai-image';
import { saveImage } from '@org/ai-image/store';

const folder = await mkdtemp(join(tmpdir(), 'images-'));
const provider = createProvider('stub');
console.log(await saveImage(await provider.generateImage('a red fox', { size: '64x64' }), join(folder, 'fox.png')));
