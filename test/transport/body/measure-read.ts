/** Runs as a separate process: reads the JSON at a URL, and prints the result and the maximum memory. */
import { readJson } from '../../../src/transport/body/json.ts';

const url = process.argv[2] ?? '';
const options = { blobs: new Map([['b64_json', 'base64' as const]]), mayReclaim: true };
// What the first request loads and compiles is no part of what a body takes.
await readJson(await fetch(new URL('/warm', url)), options);
// Not the peak the system knows of: that one is the start of the process, when its source was translated.
const before = process.memoryUsage.rss();
let highest = before;
const sampler = setInterval(() => {
  highest = Math.max(highest, process.memoryUsage.rss());
}, 1);
const outcome = await readJson(await fetch(url), options).then(
  ({ value }) => `${(value as { b64_json: Uint8Array }).b64_json.length} bytes`,
  (error: Error & { fault?: string }) => `${error.fault}`,
);
clearInterval(sampler);
const grownMiB = (Math.max(highest, process.memoryUsage.rss()) - before) / (1024 * 1024);
process.stdout.write(JSON.stringify({ outcome, grownMiB }));
