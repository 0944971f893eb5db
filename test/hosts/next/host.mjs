/** Builds and starts the app, and asks the route of the runtime that is named as an argument. */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';

const next = 'node_modules/next/dist/bin/next';
const env = { ...process.env, NEXT_TELEMETRY_DISABLED: '1' };
if (!existsSync('.next/BUILD_ID')) execFileSync(process.execPath, [next, 'build'], { env, stdio: ['ignore', 2, 2] });

const server = spawn(process.execPath, [next, 'start', '--hostname', '127.0.0.1', '--port', '0'], {
  env,
  stdio: ['ignore', 'pipe', 'inherit'],
});
try {
  const query = `baseUrls=${encodeURIComponent(process.env.BASE_URLS)}`;
  const response = await fetch(`${await addressOf(server)}/${process.argv[2]}?${query}`);
  if (!response.ok) throw new Error(`the route answered with HTTP ${response.status}`);
  console.log(await response.text());
} finally {
  server.kill();
}

/** Reads the address from what the server prints. */
async function addressOf({ stdout }) {
  for await (const line of createInterface(stdout)) {
    const [address] = /http:\/\/127\.0\.0\.1:\d+/.exec(line) ?? [];
    if (address !== undefined) return address;
  }
  throw new Error('the server ended without an address');
}
