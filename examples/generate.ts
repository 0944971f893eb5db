import { writeFile } from 'node:fs/promises';
import { getProvider } from '@org/ai-image';

const { imageBytes, format } = await getProvider().generateImage('a red fox in the snow');
await writeFile(`fox.${format}`, imageBytes);
