/** Runs Jest with modules, as its documentation says: the package has no CommonJS files. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const jest = ['--experimental-vm-modules', '--no-warnings', 'node_modules/jest/bin/jest.js', '--ci', '--runInBand'];
execFileSync(process.execPath, jest, { stdio: ['ignore', 'ignore', 'inherit'] });
console.log(readFileSync('report.json', 'utf8'));
