/** Imports one bundle, generates its first image (a PNG) without a network, and prints all loaded files as JSON. */
import { registerHooks } from 'node:module';
import { makePng } from '../png.ts';

const loaded: string[] = [];
registerHooks({
  load(url, context, nextLoad) {
    loaded.push(url);
    return nextLoad(url, context);
  },
});
const image = makePng(10_000).toString('base64');
globalThis.fetch = async () => Response.json({ data: [{ b64_json: image }] });

const { make }: { make: (apiKey: string) => Promise<unknown> } = await import(process.argv[2] ?? '');
if (!JSON.stringify(await make('sk-bench-0123456789'))) throw new Error('the bundle returned no image');
process.stdout.write(JSON.stringify(loaded));
