/** Runs `host.mjs` with the permissions that the package needs. */
import { execFileSync } from 'node:child_process';

const permissions = ['--allow-net', '--allow-env', '--allow-read'];
const env = { ...process.env, DENO_NO_UPDATE_CHECK: '1' };
execFileSync(process.execPath, ['node_modules/deno/bin.cjs', 'run', ...permissions, 'host.mjs'], {
  env,
  stdio: 'inherit',
});
