/** Bundles a worker with the conditions that Wrangler sets, without compatibility flags, and sends it one request. */
import { build } from 'esbuild';
import { Miniflare } from 'miniflare';

await build({
  entryPoints: ['worker.mjs'],
  outfile: 'dist/worker.mjs',
  bundle: true,
  format: 'esm',
  conditions: ['workerd', 'worker', 'browser'],
  logLevel: 'error',
});
const miniflare = new Miniflare({
  modules: true,
  scriptPath: 'dist/worker.mjs',
  compatibilityDate: '2026-07-01',
  bindings: { BASE_URLS: JSON.parse(process.env.BASE_URLS) },
});
try {
  const response = await miniflare.dispatchFetch('http://worker.invalid/');
  console.log(await response.text());
} finally {
  await miniflare.dispose();
}
