/** Generates an image with your own workflow, exported from ComfyUI as fox.api.json. */
import { readFile, writeFile } from 'node:fs/promises';
import { getProvider } from '@org/ai-image';

const graph = JSON.parse(await readFile(new URL('fox.api.json', import.meta.url), 'utf8'));

const comfyui = getProvider('comfyui', {
  workflows: {
    fox: {
      graph,
      map: {
        prompt: ['6.inputs.text'],
        negativePrompt: ['7.inputs.text'],
        seed: ['3.inputs.seed'],
        width: ['5.inputs.width'],
        height: ['5.inputs.height'],
        n: ['5.inputs.batch_size'],
        output: '9',
      },
    },
  },
});

const { images } = await comfyui.generate(
  { model: 'fox', prompt: 'a red fox in the snow', size: '1024x768' },
  { onEvent: (event) => console.log(event.type, 'fraction' in event ? event.fraction : '') },
);
await writeFile('fox.png', images[0].imageBytes);
console.log(`fox.png, generated with seed ${images[0].seed}`);
