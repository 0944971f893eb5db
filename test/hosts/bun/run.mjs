/** Runs `host.mjs` with the executable that Bun's package for this system has. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';

const folder = 'node_modules/@oven';
const executables = readdirSync(folder).flatMap((name) => [
  `${folder}/${name}/bin/bun`,
  `${folder}/${name}/bin/bun.exe`,
]);
execFileSync(executables.find(existsSync), ['host.mjs'], { stdio: 'inherit' });
