/** Compiled with the types of Node.js. */
import { writeFile } from 'node:fs/promises';
import { createManagerFromConfig, loadConfig } from '@org/ai-image/config';
import { dependencyCruiserPreset } from '@org/ai-image/governance';
import { createStore } from '@org/ai-image/store';
import { checkProvider } from '@org/ai-image/testing';

export const parts = { checkProvider, createStore, dependencyCruiserPreset };

export async function save(path: string): Promise<void> {
  const { images } = await createManagerFromConfig(await loadConfig()).generate({ prompt: 'a boat' });
  await writeFile(path, images[0].imageBytes);
}
