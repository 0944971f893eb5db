/** Loads the skills of a folder, for clients that know the extension. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { McpServer } from '@modelcontextprotocol/server';
import { loadPeer } from '../load-sdk.ts';

export interface Skills {
  readonly attach: (server: McpServer) => void;
}

/** @param onWarning receives what is wrong with a skill; the skill is left out */
export async function loadSkills(folder: string, onWarning: (message: string) => void): Promise<Skills> {
  const sdk = await loadPeer(() => import('@modelcontextprotocol/server/ext/skills/node'));
  return sdk.loadSkills(folder, {
    cacheHint: { ttlMs: 300_000, cacheScope: 'public' },
    onWarning: ({ path, message }) => onWarning(`skill ${path}: ${message}`),
  });
}

/** Returns the folder of the skills of this package. @returns `undefined`: it is not installed with them */
export function packagedSkills(from: string = import.meta.url): string | undefined {
  for (let folder = dirname(fileURLToPath(from)); folder !== dirname(folder); folder = dirname(folder)) {
    if (!existsSync(join(folder, 'package.json'))) continue;
    const skills = join(folder, 'skills');
    return existsSync(skills) ? skills : undefined;
  }
  return undefined;
}
